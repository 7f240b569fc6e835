/* SPDX-License-Identifier: Apache-2.0 */
#include "machine/block.h"

#include "base/scan.h"
#include "base/sys.h"
#include "memory.h"

#define BLOCK_FOLDER "/sys/class/block"
/* Longer than any device's; "/sys/class/block/NAME/device/vpd_pg80". */
#define PATH_BYTES (sizeof(BLOCK_FOLDER) + BLOCK_NAME_BYTES + 32)
#define VALUE_BYTES 300u
/* A record of udev's: some 4 KiB for a disk with many links. */
#define RECORD_BYTES 16384u
/* Bytes that virtio, NVMe and ATA have for a serial number. */
#define SERIAL_ROOM 20u
#define SECTOR 512u
#define MARKER_BYTES 4096u
#define EDGE (1024u * 1024u)

/* A device, with the texts that are asked for again and again. */
struct looked_at {
	struct block block;
	char disk[BLOCK_NAME_BYTES]; /* itself, or what it is a partition of */
	bool partition;
	char uevent[1024];
	bool recorded; /* udev has looked at it: */
	char record[RECORD_BYTES];
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool same_letters(const char *s, struct seal_string value)
{
	if (str_length(s) != value.length)
		return false;
	for (uint32_t i = 0; i < value.length; i++)
		if (lower(s[i]) != lower(value.at[i]))
			return false;
	return true;
}

static bool same(const char *s, struct seal_string value)
{
	return str_length(s) == value.length && mem_equal(s, value.at, value.length);
}

/* --- what sysfs and udev say --- */

static void path_of(char path[PATH_BYTES], const char *name, const char *file)
{
	struct text t;

	text_init(&t, path, PATH_BYTES);
	text_put(&t, BLOCK_FOLDER "/");
	text_put(&t, name);
	text_char(&t, '/');
	text_put(&t, file);
}

/* Trims blanks and newlines of both ends, in place. */
static void trim(char *s)
{
	size_t start = 0, end = str_length(s);

	while (end > 0 && (s[end - 1] == ' ' || s[end - 1] == '\n' || s[end - 1] == '\t'))
		end--;
	while (start < end && (s[start] == ' ' || s[start] == '\t'))
		start++;
	mem_move(s, s + start, end - start);
	s[end - start] = '\0';
}

/* A file of one line; false, and empty, where it cannot be read. */
static bool attribute(struct reader *reader, const char *name, const char *file,
		      char value[VALUE_BYTES])
{
	char path[PATH_BYTES];
	size_t used;

	path_of(path, name, file);
	value[0] = '\0';
	if (reader_text(reader, path, value, VALUE_BYTES, &used) < 0) {
		value[0] = '\0';
		return false;
	}
	trim(value);
	return true;
}

/* Of a device, or of the disk that it is a partition of. */
static bool attribute_of(struct reader *reader, const struct looked_at *d, const char *file,
			 char value[VALUE_BYTES])
{
	return attribute(reader, d->block.name, file, value) ||
	       attribute(reader, d->disk, file, value);
}

/* "KEY=value" lines: the value of `key`, which includes the "="; false where there is none. */
static bool line_of(const char *lines, const char *key, char value[VALUE_BYTES])
{
	const size_t length = str_length(key);
	struct text t;

	for (const char *at = lines; *at != '\0';) {
		if (str_starts(at, key)) {
			text_init(&t, value, VALUE_BYTES);
			for (at += length; *at != '\0' && *at != '\n'; at++)
				text_char(&t, *at);
			return !t.cut;
		}
		while (*at != '\0' && *at != '\n')
			at++;
		if (*at == '\n')
			at++;
	}
	value[0] = '\0';
	return false;
}

/* udev escapes what is no plain character as \xNN. */
static void unescape(char *s)
{
	char *to = s;

	while (*s != '\0') {
		const char hex[3] = { s[0] == '\\' && s[1] == 'x' ? s[2] : '\0',
				      s[0] == '\\' && s[1] == 'x' && s[2] != '\0' ? s[3] : '\0', '\0' };
		const char *at = hex;
		uint64_t byte;

		if (hex[0] != '\0' && scan_hex(&at, &byte) && *at == '\0' && at == hex + 2) {
			*to++ = (char)byte;
			s += 4;
		} else {
			*to++ = *s++;
		}
	}
	*to = '\0';
}

static void read_record(struct reader *reader, struct looked_at *d)
{
	char major[VALUE_BYTES], minor[VALUE_BYTES], path[64];
	struct text t;
	size_t used;

	d->recorded = false;
	d->record[0] = '\0';
	if (!line_of(d->uevent, "MAJOR=", major) || !line_of(d->uevent, "MINOR=", minor))
		return;
	text_init(&t, path, sizeof(path));
	text_put(&t, "/run/udev/data/b");
	text_put(&t, major);
	text_char(&t, ':');
	text_put(&t, minor);
	if (t.cut)
		return;
	d->recorded = reader_text(reader, path, d->record, sizeof(d->record), &used) == 0;
	if (!d->recorded)
		d->record[0] = '\0';
}

static bool property(const struct looked_at *d, const char *key, char value[VALUE_BYTES])
{
	return line_of(d->record, key, value);
}

/* A partition's disk by its name: sda1, nvme0n1p1, mmcblk0p1. Sysfs has it by a link, which no archive holds. */
static void find_disk(struct looked_at *d)
{
	size_t length = str_length(d->block.name);

	while (length > 0 && is_digit(d->block.name[length - 1]))
		length--;
	if (length > 1 && d->block.name[length - 1] == 'p' && is_digit(d->block.name[length - 2]))
		length--;
	mem_copy(d->disk, d->block.name, length);
	d->disk[length] = '\0';
}

static bool look_at(struct reader *reader, const char *name, struct looked_at *d)
{
	char path[PATH_BYTES], value[VALUE_BYTES];
	const char *at = value;
	struct text t;
	uint64_t sectors = 0;
	size_t used;

	text_init(&t, d->block.name, sizeof(d->block.name));
	text_put(&t, name);
	if (t.cut)
		return false;
	path_of(path, name, "uevent");
	if (reader_text(reader, path, d->uevent, sizeof(d->uevent), &used) < 0)
		return false;
	mem_copy(d->disk, d->block.name, sizeof(d->disk));
	d->partition = attribute(reader, name, "partition", value);
	if (d->partition)
		find_disk(d);
	attribute(reader, name, "size", value);
	d->block.bytes = scan_decimal(&at, &sectors) && sectors < UINT64_MAX / SECTOR ? sectors * SECTOR : 0;
	read_record(reader, d);
	return true;
}

/* --- which may be used at all --- */

static bool says(struct reader *reader, const struct looked_at *d, const char *file, const char *word)
{
	char value[VALUE_BYTES];

	return attribute_of(reader, d, file, value) && str_starts(value, word);
}

static bool is_removable(struct reader *reader, const struct looked_at *d)
{
	char value[VALUE_BYTES];

	if (attribute(reader, d->disk, "removable", value) && str_equal(value, "1"))
		return true;
	if (attribute(reader, d->disk, "device/type", value) && str_equal(value, "SD"))
		return true;
	return property(d, "E:ID_BUS=", value) && str_equal(value, "usb");
}

/* Why this device cannot take a dump; NULL for one that can. */
static const char *unusable(struct reader *reader, const struct looked_at *d, bool removable)
{
	static const struct {
		const char *file; /* NULL: the name itself begins so */
		const char *word;
		const char *why;
	} reasons[] = {
		{ NULL, "loop", "in memory" },
		{ NULL, "ram", "in memory" },
		{ NULL, "zram", "in memory" },
		{ NULL, "sr", "no disk" },
		{ NULL, "fd", "no disk" },
		/* One path of a disk that the kernel shows as a whole under another name. */
		{ "hidden", "1", "hidden" },
		{ "ro", "1", "read-only" },
		{ "device/state", "offline", "offline" },
		{ "device/state", "transport-offline", "offline" },
		{ "device/state", "dead", "offline" },
		{ "device/state", "deleting", "offline" },
	};

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].file ? says(reader, d, reasons[i].file, reasons[i].word) :
				      str_starts(d->block.name, reasons[i].word))
			return reasons[i].why;
	if (d->block.bytes == 0)
		return "empty";
	return !removable && is_removable(reader, d) ? "removable" : NULL;
}

/* --- which answers to the name --- */

enum answer { NO, YES, UNSURE };

static enum answer yes_if(bool yes)
{
	return yes ? YES : NO;
}

/* The device's file: "!" stands for "/" in names. */
static void put_node(struct text *t, const char *name)
{
	text_put(t, "/dev/");
	for (; *name != '\0'; name++)
		text_char(t, *name == '!' ? '/' : *name);
}

static enum answer is_path(const struct looked_at *d, struct seal_string value)
{
	char path[BLOCK_NAME_BYTES + 8];
	struct text t;

	text_init(&t, path, sizeof(path));
	put_node(&t, d->block.name);
	return yes_if(same(path, value));
}

/* Kernels before 6.10 do not tell; then udev has read the table. */
static enum answer is_partuuid(const struct looked_at *d, struct seal_string value)
{
	char found[VALUE_BYTES];

	if (!d->partition)
		return NO;
	if (line_of(d->uevent, "PARTUUID=", found) || property(d, "E:ID_PART_ENTRY_UUID=", found))
		return yes_if(same_letters(found, value));
	return d->recorded ? NO : UNSURE;
}

/* By virtio, NVMe, SCSI or, of USB, what udev has found. */
static bool disk_serial(struct reader *reader, const struct looked_at *d, char serial[VALUE_BYTES])
{
	char path[PATH_BYTES];
	size_t used;

	if (attribute(reader, d->block.name, "serial", serial) ||
	    attribute(reader, d->block.name, "device/serial", serial))
		return true;
	/* INQUIRY's page 0x80: four bytes, then the number (SPC-4). */
	path_of(path, d->block.name, "device/vpd_pg80");
	if (reader_read(reader, path, serial, VALUE_BYTES - 1, &used) == 0 && used > 4) {
		mem_move(serial, serial + 4, used - 4);
		serial[used - 4] = '\0';
		trim(serial);
		return true;
	}
	return property(d, "E:ID_SERIAL_SHORT=", serial);
}

static enum answer is_serial(struct reader *reader, const struct looked_at *d,
			     struct seal_string value)
{
	static const char dash[] = "vol-";
	char found[VALUE_BYTES], cut[SERIAL_ROOM + 1];

	if (d->partition || !disk_serial(reader, d, found) || found[0] == '\0')
		return NO;
	if (same(found, value))
		return YES;
	if (!str_starts(d->block.name, "vd") && !str_starts(d->block.name, "nvme") &&
	    !(str_starts(d->block.name, "sd") && says(reader, d, "device/vendor", "ATA")))
		return NO;
	/* A longer one is cut, and Amazon's volumes have the dash of vol-... left out. */
	if (value.length > SERIAL_ROOM) {
		mem_copy(cut, value.at, SERIAL_ROOM);
		cut[SERIAL_ROOM] = '\0';
		trim(cut);
		if (str_equal(found, cut))
			return YES;
	}
	return yes_if(value.length > sizeof(dash) - 1 && mem_equal(value.at, dash, sizeof(dash) - 1) &&
		      str_starts(found, "vol") &&
		      same(found + 3, (struct seal_string){ value.at + 4, value.length - 4 }));
}

static long open_node(const struct reader *reader, const struct block *block)
{
	char path[BLOCK_NAME_BYTES + 8];
	struct text t;

	text_init(&t, path, sizeof(path));
	put_node(&t, block->name);
	return root_openat(reader->root, path, SYS_READ | SYS_NO_WAIT | SYS_CLOSE_ON_EXEC);
}

/* Our record in the last bytes, NUL-ended: true when there is one. */
static bool read_marker(int fd, const struct block *block, char marker[MARKER_BYTES + 1])
{
	static const char first[] = "crashseal-dump 1\n";

	if (block->bytes < MARKER_BYTES ||
	    file_read_part(fd, marker, MARKER_BYTES, block->bytes - MARKER_BYTES) != MARKER_BYTES)
		return false;
	marker[MARKER_BYTES] = '\0';
	return str_starts(marker, first);
}

/* Of an NVMe namespace, of swap space, or the one that our marker holds. */
static enum answer is_uuid(struct reader *reader, const struct looked_at *d, struct seal_string value)
{
	static char marker[MARKER_BYTES + 1];
	char found[VALUE_BYTES], type[VALUE_BYTES];

	if (attribute(reader, d->block.name, "uuid", found) && same_letters(found, value))
		return YES;
	if (property(d, "E:ID_FS_TYPE=", type) && str_equal(type, "swap") &&
	    property(d, "E:ID_FS_UUID=", found) && same_letters(found, value))
		return YES;
	const long fd = open_node(reader, &d->block);
	if (fd < 0)
		return d->recorded && fd != -SYS_EACCES && fd != -SYS_EPERM ? NO : UNSURE;
	const bool marked = read_marker((int)fd, &d->block, marker);
	sys_close((int)fd);
	return yes_if(marked && line_of(marker, "uuid=", found) && same_letters(found, value));
}

/* `equal`: nobody tells UUIDs apart by their letters' size, and labels everybody. */
static enum answer is_file_system(const struct looked_at *d, const char *key, struct seal_string value,
				  bool (*equal)(const char *, struct seal_string))
{
	char found[VALUE_BYTES];

	if (!d->recorded)
		return UNSURE;
	if (!property(d, key, found))
		return NO;
	unescape(found);
	return yes_if(equal(found, value));
}

static enum answer is_mapped(struct reader *reader, const struct looked_at *d, struct seal_string value)
{
	char found[VALUE_BYTES];

	return yes_if(attribute(reader, d->block.name, "dm/name", found) && same(found, value));
}

/* mdadm shows four groups of eight digits, the kernel the same in five other ones. */
static enum answer is_array(struct reader *reader, const struct looked_at *d, struct seal_string value)
{
	char found[VALUE_BYTES];
	const char *at = found;

	attribute(reader, d->block.name, "md/uuid", found);
	for (uint32_t i = 0; i < value.length; i++) {
		if (value.at[i] == ':')
			continue;
		at += *at == '-';
		if (lower(*at++) != lower(value.at[i]))
			return NO;
	}
	return yes_if(*at == '\0');
}

static enum answer answers(struct reader *reader, const struct looked_at *d, enum probe_name by,
			   struct seal_string value)
{
	char found[VALUE_BYTES];

	switch (by) {
	case PROBE_NAME_PATH:
		return is_path(d, value);
	case PROBE_NAME_PARTUUID:
		return is_partuuid(d, value);
	case PROBE_NAME_PARTLABEL:
		return yes_if(line_of(d->uevent, "PARTNAME=", found) && same(found, value));
	case PROBE_NAME_UUID:
		return is_uuid(reader, d, value);
	case PROBE_NAME_SERIAL:
		return is_serial(reader, d, value);
	case PROBE_NAME_FS_UUID:
		return is_file_system(d, "E:ID_FS_UUID=", value, same_letters);
	case PROBE_NAME_FS_LABEL:
		return is_file_system(d, "E:ID_FS_LABEL_ENC=", value, same);
	case PROBE_NAME_MAPPER:
		return is_mapped(reader, d, value);
	case PROBE_NAME_ARRAY:
		return is_array(reader, d, value);
	default:
		return NO;
	}
}

/* The same for two paths to one disk, where the disk has a name that is its own in all the world. */
static bool one_disk(struct reader *reader, const struct block *a, const struct looked_at *d)
{
	static struct looked_at other;
	char ours[VALUE_BYTES], theirs[VALUE_BYTES];

	if (a->bytes != d->block.bytes || !look_at(reader, a->name, &other) ||
	    other.partition != d->partition)
		return false;
	if (!attribute_of(reader, &other, "wwid", ours) &&
	    !attribute_of(reader, &other, "device/wwid", ours))
		return false;
	if (!attribute_of(reader, d, "wwid", theirs) &&
	    !attribute_of(reader, d, "device/wwid", theirs))
		return false;
	if (!str_starts(ours, "naa.") && !str_starts(ours, "eui.") && !str_starts(ours, "uuid."))
		return false;
	if (!str_equal(ours, theirs) || !d->partition)
		return str_equal(ours, theirs);
	return attribute(reader, a->name, "partition", ours) &&
	       attribute(reader, d->block.name, "partition", theirs) && str_equal(ours, theirs);
}

static void take(struct reader *reader, const struct looked_at *d, bool removable,
		 struct block_found *found)
{
	const char *const why = unusable(reader, d, removable);

	if (why) {
		found->passed_over = why;
		found->unusable = d->block;
		return;
	}
	if (found->count > 0 && one_disk(reader, &found->first, d))
		return;
	if (found->count > 1 && one_disk(reader, &found->second, d))
		return;
	if (found->count == 0)
		found->first = d->block;
	else if (found->count == 1)
		found->second = d->block;
	found->count++;
}

long block_find(struct reader *reader, enum probe_name by, struct seal_string value, bool removable,
		struct block_found *found)
{
	static struct looked_at device;
	static struct dir_reader dir;
	const char *name;
	long more;

	*found = (struct block_found){ 0 };
	long error = dir_open(&dir, reader->root, BLOCK_FOLDER);
	if (error < 0)
		return error;
	while ((more = dir_next(&dir, &name)) > 0) {
		if (!look_at(reader, name, &device))
			continue;
		switch (answers(reader, &device, by, value)) {
		case YES:
			take(reader, &device, removable, found);
			break;
		case UNSURE:
			found->unsure = true;
			break;
		case NO:
			break;
		}
	}
	dir_close(&dir);
	return more;
}

void block_gather(struct reader *reader)
{
	static struct looked_at device;
	static struct dir_reader dir;
	char value[VALUE_BYTES];
	const char *name;

	if (dir_open(&dir, reader->root, BLOCK_FOLDER) < 0)
		return;
	while (dir_next(&dir, &name) > 0) {
		if (!look_at(reader, name, &device))
			continue;
		unusable(reader, &device, false);
		disk_serial(reader, &device, value);
		attribute(reader, name, "uuid", value);
		attribute(reader, name, "dm/name", value);
		attribute(reader, name, "md/uuid", value);
		attribute_of(reader, &device, "wwid", value);
		attribute_of(reader, &device, "device/wwid", value);
		says(reader, &device, "device/vendor", "");
	}
	dir_close(&dir);
}

/* --- what is on it --- */

/* Zero from `at` on, `size` bytes. */
static bool is_blank(int fd, uint64_t at, uint64_t size)
{
	static uint8_t part[65536];

	for (uint64_t done = 0; done < size; done += sizeof(part)) {
		const size_t want = size - done < sizeof(part) ? (size_t)(size - done) : sizeof(part);

		if (file_read_part(fd, part, want, at + done) != (long)want || !mem_is_zero(part, want))
			return false;
	}
	return true;
}

/* The start of a dump of ours: makedumpfile's flattened stream, an ELF file, or what age has made of it. */
static bool dump_begins(int fd)
{
	static const struct {
		const char *bytes;
		size_t length;
	} starts[] = { { "makedumpfile", 13 }, { "\177ELF", 4 }, { "age-encryption.org/", 19 } };
	uint8_t found[32];

	if (file_read_part(fd, found, sizeof(found), 0) != (long)sizeof(found))
		return false;
	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++)
		if (mem_equal(found, starts[i].bytes, starts[i].length))
			return true;
	return false;
}

/* By its bytes alone: OURS, BLANK or OTHER. */
static enum block_content read_content(int fd, const struct block *block)
{
	static char marker[MARKER_BYTES + 1];
	const bool blank_head = is_blank(fd, 0, EDGE);

	/* A file system made since has overwritten the start of our dump, but maybe not its end. */
	if (read_marker(fd, block, marker) && (blank_head || dump_begins(fd)))
		return BLOCK_OURS;
	return blank_head && block->bytes >= 2 * EDGE && is_blank(fd, block->bytes - EDGE, EDGE) ?
		       BLOCK_BLANK :
		       BLOCK_OTHER;
}

enum block_content block_content(struct reader *reader, const struct block *block, char *what,
				 size_t size)
{
	static struct looked_at device;
	char type[VALUE_BYTES];
	struct text t;

	text_init(&t, what, size);
	const long fd = open_node(reader, block);
	if (fd >= 0) {
		const enum block_content content = read_content((int)fd, block);

		sys_close((int)fd);
		if (content != BLOCK_OTHER)
			return content;
	}
	if (look_at(reader, block->name, &device) &&
	    (property(&device, "E:ID_FS_TYPE=", type) || property(&device, "E:ID_PART_TABLE_TYPE=", type))) {
		text_outside(&t, type, str_length(type));
		return BLOCK_KNOWN;
	}
	return fd >= 0 && device.recorded ? BLOCK_OTHER : BLOCK_UNSEEN;
}

bool block_type(struct reader *reader, const struct block *block, char *type, size_t size)
{
	static struct looked_at device;
	char found[VALUE_BYTES];
	struct text t;

	text_init(&t, type, size);
	if (!look_at(reader, block->name, &device) || !property(&device, "E:ID_FS_TYPE=", found))
		return false;
	text_put(&t, found);
	return !t.cut;
}
