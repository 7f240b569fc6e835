/* SPDX-License-Identifier: Apache-2.0 */
#include "machine/probe.h"

#include "base/sys.h"
#include "memory.h"

#define NET_FOLDER "/sys/class/net"
#define INTERFACE_BYTES 16u /* IFNAMSIZ */

/* As a profile writes it. */
static const char *word_of(enum probe_name by)
{
	switch (by) {
	case PROBE_NAME_PARTUUID:
		return "PARTUUID";
	case PROBE_NAME_PARTLABEL:
		return "PARTLABEL";
	case PROBE_NAME_UUID:
	case PROBE_NAME_FS_UUID:
	case PROBE_NAME_ARRAY:
		return "UUID";
	case PROBE_NAME_SERIAL:
		return "SERIAL";
	case PROBE_NAME_FS_LABEL:
		return "LABEL";
	case PROBE_NAME_MAC:
		return "the address";
	case PROBE_NAME_DRIVER:
		return "the driver";
	default:
		return "the name";
	}
}

static struct text *begin(struct probe_result *result, enum probe_answer answer, struct text *t)
{
	result->answer = answer;
	text_init(t, result->words, sizeof(result->words));
	return t;
}

static void put_name(struct text *t, enum probe_name by, struct seal_string value)
{
	text_put(t, word_of(by));
	text_char(t, ' ');
	text_chars(t, value.at, value.length);
}

static void put_device(struct text *t, const struct block *block)
{
	text_put(t, "/dev/");
	text_outside(t, block->name, str_length(block->name));
}

static void set_device(struct probe_result *result, const char *name)
{
	struct text t;

	text_init(&t, result->device, sizeof(result->device));
	text_outside(&t, name, str_length(name));
}

/* Of several that answer, the one that holds a dump of ours, or else the only blank one. */
static enum probe_answer choose(struct reader *reader, struct block_found *found)
{
	char what[64];
	const enum block_content first = block_content(reader, &found->first, what, sizeof(what));
	const enum block_content second = block_content(reader, &found->second, what, sizeof(what));

	if (found->count > 2)
		return PROBE_ANSWER_DEVICE_TWICE;
	if (first == BLOCK_UNSEEN || second == BLOCK_UNSEEN)
		return PROBE_ANSWER_UNKNOWN;
	for (enum block_content wanted = BLOCK_OURS;; wanted = BLOCK_BLANK) {
		if ((first == wanted) != (second == wanted)) {
			if (second == wanted)
				found->first = found->second;
			return PROBE_ANSWER_GOOD;
		}
		if (wanted == BLOCK_BLANK || first == wanted)
			return PROBE_ANSWER_DEVICE_TWICE;
	}
}

static void none(const struct block_found *found, enum probe_name by, struct seal_string value,
		 struct probe_result *result)
{
	struct text t;

	if (found->passed_over) {
		begin(result, PROBE_ANSWER_DEVICE_UNUSABLE, &t);
		put_device(&t, &found->unusable);
		text_put(&t, " has ");
		put_name(&t, by, value);
		text_put(&t, " and cannot take a dump: it is ");
		text_put(&t, found->passed_over);
		set_device(result, found->unusable.name);
	} else if (found->unsure) {
		begin(result, PROBE_ANSWER_UNKNOWN, &t);
		text_put(&t, "whether a device has ");
		put_name(&t, by, value);
		text_put(&t, " cannot be seen: udev has not looked, or this user may not");
	} else {
		begin(result, PROBE_ANSWER_DEVICE_MISSING, &t);
		text_put(&t, "no device has ");
		put_name(&t, by, value);
	}
}

static void look_on(const struct seal *seal, const struct seal_probe *probe, struct reader *reader,
		    const struct block *block, struct probe_result *result)
{
	const struct seal_string type = seal_text(seal, probe->type_offset, probe->type_length);
	char found[64];
	struct text t;

	if (block->bytes < probe->minimum) {
		begin(result, PROBE_ANSWER_DEVICE_SMALL, &t);
		put_device(&t, block);
		text_put(&t, " has ");
		text_size(&t, block->bytes);
		text_put(&t, ", and needs ");
		text_size(&t, probe->minimum);
		return;
	}
	if (type.length > 0 && block_type(reader, block, found, sizeof(found)) &&
	    (str_length(found) != type.length || !mem_equal(found, type.at, type.length))) {
		begin(result, PROBE_ANSWER_WRONG_TYPE, &t);
		put_device(&t, block);
		text_put(&t, " holds ");
		text_outside(&t, found, str_length(found));
		text_put(&t, ", not ");
		text_chars(&t, type.at, type.length);
		return;
	}
	if ((probe->flags & PROBE_FLAG_OVERWRITTEN) == 0 ||
	    block_content(reader, block, found, sizeof(found)) != BLOCK_KNOWN)
		return;
	/* Swap space that the profile names by its own UUID is there to be overwritten. */
	if (probe->by == PROBE_NAME_UUID && (str_equal(found, "swap") || str_equal(found, "swap space")))
		return;
	begin(result, PROBE_ANSWER_DEVICE_IN_USE, &t);
	put_device(&t, block);
	text_put(&t, " holds ");
	text_put(&t, found);
	text_put(&t, " and is left alone");
}

static void look_for_device(const struct seal *seal, const struct seal_probe *probe,
			    struct reader *reader, struct probe_result *result)
{
	const struct seal_string value = seal_text(seal, probe->value_offset, probe->value_length);
	const enum probe_name by = (enum probe_name)probe->by;
	struct block_found found;
	struct text t;

	const long error =
		block_find(reader, by, value, (probe->flags & PROBE_FLAG_REMOVABLE) != 0, &found);
	if (error < 0) {
		begin(result, PROBE_ANSWER_UNKNOWN, &t);
		text_put(&t, "the block devices cannot be seen: ");
		text_errno(&t, error);
		return;
	}
	if (found.count == 0) {
		none(&found, by, value, result);
		return;
	}
	if (found.count > 1) {
		const enum probe_answer answer = choose(reader, &found);

		if (answer != PROBE_ANSWER_GOOD) {
			begin(result, answer, &t);
			text_decimal(&t, found.count);
			text_put(&t, " devices have ");
			put_name(&t, by, value);
			text_put(&t, ": ");
			put_device(&t, &found.first);
			text_put(&t, ", ");
			put_device(&t, &found.second);
			text_put(&t, found.count > 2 ? " and more" : "");
			return;
		}
	}
	set_device(result, found.first.name);
	look_on(seal, probe, reader, &found.first, result);
}

/* A file of the interface; false where there is none. */
static bool net_file(struct reader *reader, const char *name, const char *file, char *text, size_t size)
{
	char path[sizeof(NET_FOLDER) + INTERFACE_BYTES + 32];
	struct text t;
	size_t used;

	text_init(&t, path, sizeof(path));
	text_put(&t, NET_FOLDER "/");
	text_put(&t, name);
	text_put(&t, file);
	return !t.cut && reader_text(reader, path, text, size, &used) == 0;
}

static bool has_address(struct reader *reader, const char *name, struct seal_string value)
{
	char address[64];
	uint32_t i = 0;

	/* The ports of a bond all show one address; their own they keep elsewhere. */
	if (!net_file(reader, name, "/bonding_slave/perm_hwaddr", address, sizeof(address)) &&
	    !net_file(reader, name, "/address", address, sizeof(address)))
		return false;
	for (; i < value.length; i++) {
		const char c = value.at[i];

		if (address[i] != (c >= 'A' && c <= 'F' ? (char)(c - 'A' + 'a') : c))
			return false;
	}
	return address[i] == '\0' || address[i] == '\n';
}

static bool is_interface(struct reader *reader, const char *name, enum probe_name by,
			 struct seal_string value)
{
	char uevent[512];
	struct text t;
	char wanted[64];

	if (by == PROBE_NAME_INTERFACE)
		return str_length(name) == value.length && mem_equal(name, value.at, value.length);
	/* Hardware's own: bridges, bonds and VLANs have an address as well. */
	if (!net_file(reader, name, "/device/uevent", uevent, sizeof(uevent)))
		return false;
	if (by == PROBE_NAME_MAC)
		return has_address(reader, name, value);
	text_init(&t, wanted, sizeof(wanted));
	text_put(&t, "DRIVER=");
	text_chars(&t, value.at, value.length);
	text_char(&t, '\n');
	return !t.cut && str_starts(uevent, wanted);
}

/* NET_NAME_RENAMED: udev has given it another name than the kernel's, which nothing tells any more. */
static bool is_renamed(struct reader *reader, const char *name)
{
	char how[8];

	return net_file(reader, name, "/name_assign_type", how, sizeof(how)) && how[0] == '4';
}

static void look_for_interface(const struct seal *seal, const struct seal_probe *probe,
			       struct reader *reader, struct probe_result *result)
{
	const struct seal_string value = seal_text(seal, probe->value_offset, probe->value_length);
	const enum probe_name by = (enum probe_name)probe->by;
	static struct dir_reader dir;
	uint32_t count = 0;
	bool renamed = false;
	const char *name;
	struct text t;
	long more;

	long error = dir_open(&dir, reader->root, NET_FOLDER);
	if (error < 0) {
		begin(result, PROBE_ANSWER_UNKNOWN, &t);
		text_put(&t, "the network interfaces cannot be seen: ");
		text_errno(&t, error);
		return;
	}
	while ((more = dir_next(&dir, &name)) > 0) {
		if (is_interface(reader, name, by, value) && count++ == 0)
			set_device(result, name);
		renamed |= by == PROBE_NAME_INTERFACE && is_renamed(reader, name);
	}
	dir_close(&dir);
	/* Of several with one driver init takes the first that has a link. */
	if (count == 1 || (count > 1 && by == PROBE_NAME_DRIVER))
		return;
	if (renamed)
		begin(result, PROBE_ANSWER_UNKNOWN, &t);
	else
		begin(result, count == 0 ? PROBE_ANSWER_INTERFACE_MISSING : PROBE_ANSWER_INTERFACE_TWICE, &t);
	if (renamed)
		text_put(&t, "udev has renamed interfaces; one may have ");
	else if (count == 0)
		text_put(&t, "no network interface has ");
	else
		text_put(&t, "several network interfaces have ");
	put_name(&t, by, value);
}

void probe_look(const struct seal *seal, const struct seal_probe *probe, struct reader *reader,
		struct probe_result *result)
{
	result->answer = PROBE_ANSWER_GOOD;
	result->device[0] = '\0';
	result->words[0] = '\0';
	if (probe->kind == PROBE_KIND_DEVICE)
		look_for_device(seal, probe, reader, result);
	else
		look_for_interface(seal, probe, reader, result);
}
