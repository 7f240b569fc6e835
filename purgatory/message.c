/* SPDX-License-Identifier: Apache-2.0 */
#include "message.h"

/* Serial consoles want both; the first pair leaves a line that the dead kernel did not end. */
static const char line_start[] = "crashseal: ";
static const char line_end[] = "\r\n";

static void put_profile(struct text *text, const struct purgatory_head *head)
{
	text_put(text, " of profile \"");
	text_field(text, head->profile, PURGATORY_HEAD_PROFILE_BYTES);
	text_put(text, "\"");
}

static void put_digests(struct text *text, const struct finding *finding, const char *origin)
{
	text_put(text, line_end);
	text_put(text, line_start);
	text_put(text, "expected ");
	text_bytes(text, finding->expected, sizeof(finding->expected));
	text_put(text, origin);
	text_put(text, line_end);
	text_put(text, line_start);
	text_put(text, "found    ");
	text_bytes(text, finding->found, sizeof(finding->found));
}

static void put_corrupt(struct text *text, const struct purgatory_head *head,
			const struct finding *finding, const char *name, size_t name_size)
{
	text_put(text, "corrupt region \"");
	text_field(text, name, name_size);
	text_put(text, "\"");
	put_profile(text, head);
	text_put(text, ", ");
	text_hex(text, finding->size);
	text_put(text, " bytes at ");
	text_hex(text, finding->start);
}

void message_finding(struct text *text, const struct purgatory_head *head,
		     const struct finding *finding)
{
	static const char parameters[] = "purgatory parameters";

	text_put(text, line_end);
	text_put(text, line_start);
	switch (finding->kind) {
	case FINDING_HEAD:
		/* Without a believable head there is no console; kept for a hosted caller. */
		text_put(text, "corrupt purgatory head");
		break;
	case FINDING_LIVE:
		put_corrupt(text, head, finding, parameters, sizeof(parameters));
		put_digests(text, finding, " (when loaded)");
		break;
	case FINDING_VALUE:
		text_put(text, "corrupt region \"");
		text_put(text, parameters);
		text_put(text, "\"");
		put_profile(text, head);
		text_put(text, ", impossible ");
		text_put(text, finding->value);
		break;
	case FINDING_REGION:
		put_corrupt(text, head, finding, finding->region, PURGATORY_REGION_NAME_BYTES);
		put_digests(text, finding, finding->live ? " (when loaded)" : " (when sealed)");
		break;
	case FINDING_EXCEPTION:
		text_put(text, "exception ");
		text_decimal(text, finding->vector);
		text_put(text, " on the way to the capture kernel");
		put_profile(text, head);
		text_put(text, ", instruction ");
		text_hex(text, finding->at);
		text_put(text, ", address ");
		text_hex(text, finding->address);
		break;
	case FINDING_MACHINE_CHECK:
		text_put(text, "machine check on the way to the capture kernel");
		put_profile(text, head);
		text_put(text, ", instruction ");
		text_hex(text, finding->at);
		break;
	}
	text_put(text, line_end);
	text_put(text, line_start);
	text_put(text, "the capture kernel is not started");
	text_put(text, line_end);
}

void message_step(struct text *text, const struct purgatory_step *step)
{
	text_put(text, line_start);
	text_put(text, "policy: ");
	switch (step->kind) {
	case POLICY_STEP_MESSAGE:
		text_put(text, "message");
		break;
	case POLICY_STEP_PVPANIC:
		text_put(text, "pvpanic");
		break;
	case POLICY_STEP_RESET:
		text_put(text, "reset");
		break;
	case POLICY_STEP_HALT:
		text_put(text, "halt");
		break;
	case POLICY_STEP_RETURN:
		text_put(text, "return");
		break;
	case POLICY_STEP_IPL:
		text_put(text, "ipl");
		break;
	case POLICY_STEP_WAIT:
		text_put(text, "wait");
		break;
	case POLICY_STEP_VMCMD:
		text_put(text, "vmcmd");
		break;
	default:
		text_put(text, "skipping unknown step ");
		text_decimal(text, step->kind);
		break;
	}
	text_put(text, line_end);
}
