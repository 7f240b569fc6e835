/* SPDX-License-Identifier: Apache-2.0 */
#include "purgatory.h"

#include "check.h"
#include "machine.h"
#include "message.h"
#include "text.h"

/* How far we have come: it decides what an exception leads to. */
enum stage {
	STAGE_UNCHECKED,   /* the policy cannot be believed yet: last resort */
	STAGE_CHECKED,	   /* the policy */
	STAGE_POLICY,	   /* the last resort */
	STAGE_LAST_RESORT, /* giving up */
	STAGE_HALTED,	   /* an NMI woke the CPU: back to sleep, the policy has ended here */
};

/* What the dead kernel wants of us. Most enter once; on s390x it asks first. */
enum call {
	CHECK_CALL, /* whether the image is sound: it takes an answer and goes on */
	START_CALL, /* the capture kernel: nobody is left to return to */
};

static volatile enum stage stage;

/*
 * What was found, for who searches a dump of all memory for "CRASHSEAL FOUND": the finding's text follows, at
 * a multiple of 16. The name stands nowhere else in one piece.
 */
static _Alignas(16) char mark[16 + MESSAGE_BYTES];

static void leave_mark(const struct purgatory_head *head, const struct finding *finding)
{
	struct text text;

	text_init(&text, mark, sizeof(mark));
	text_put(&text, "CRASHSEAL ");
	text_put(&text, "FOUND:");
	message_finding(&text, head, finding);
}

static _Noreturn void last_resort(const struct finding *finding)
{
	machine_console_drain();
	stage = STAGE_LAST_RESORT;
	machine_last_resort();
	stage = STAGE_HALTED;
	machine_halt(finding);
}

static void say_step(const struct purgatory_step *step)
{
	char line[64];
	struct text text;

	text_init(&text, line, sizeof(line));
	message_step(&text, step);
	machine_console_put(line);
}

static bool is_left_out(const struct purgatory_step *step, enum call call)
{
	uint32_t flag = call == CHECK_CALL ? STEP_FLAG_NOT_IN_CHECK_CALL
					   : STEP_FLAG_NOT_IN_START_CALL;

	/* There is nothing to return to in the start call. */
	return (step->flags & flag) != 0 ||
	       (step->kind == POLICY_STEP_RETURN && call == START_CALL);
}

static void step_load(struct purgatory_step *step, const struct purgatory_head *head, uint32_t i)
{
	purgatory_step_load(step, head->steps + i * PURGATORY_STEP_BYTES);
}

/* Whether the steps from `i` on end the machine's life. If not, the old kernel lives on. */
static bool ends_here(const struct purgatory_head *head, uint32_t i, enum call call)
{
	if (call == START_CALL)
		return true;
	for (; i < head->step_count; i++) {
		struct purgatory_step step;

		step_load(&step, head, i);
		if (is_left_out(&step, call))
			continue;
		switch (step.kind) {
		case POLICY_STEP_RETURN:
			return false;
		case POLICY_STEP_RESET:
		case POLICY_STEP_HALT:
		case POLICY_STEP_IPL:
		case POLICY_STEP_WAIT:
			return true;
		default:
			break;
		}
	}
	return false;
}

/* Returns when the steps are through, or in the check call at a step that says so. */
static void run_policy(const uint8_t *image, const struct finding *finding, enum call call)
{
	struct purgatory_head head;

	purgatory_head_load(&head, image);
	leave_mark(&head, finding);
	/* No sound head, no policy. */
	if (stage == STAGE_UNCHECKED)
		return;
	stage = STAGE_POLICY;
	for (uint32_t i = 0; i < head.step_count; i++) {
		struct purgatory_step step;

		step_load(&step, &head, i);
		if (is_left_out(&step, call))
			continue;
		/* Silent until a step `message` has opened the console. */
		if (step.kind != POLICY_STEP_MESSAGE)
			say_step(&step);
		switch (step.kind) {
		case POLICY_STEP_MESSAGE:
			machine_console_open(&head, !ends_here(&head, i, call));
			machine_console_put(mark + 16);
			break;
		case POLICY_STEP_RESET:
			machine_console_drain();
			machine_reset();
			break;
		case POLICY_STEP_HALT:
			machine_console_drain();
			stage = STAGE_HALTED;
			machine_halt(finding);
		case POLICY_STEP_RETURN:
			return;
		default:
			(void)machine_step(&head, &step, finding, ends_here(&head, i, call));
			break;
		}
	}
}

/* The image is sound if all of head.region_count, which is at least one, come back. */
static uint32_t verify(const uint8_t *image, struct finding *finding)
{
	struct purgatory_head head;
	uint64_t features;
	uint32_t sound;

	if (!check_head(image, finding))
		return 0;
	stage = STAGE_CHECKED;
	if (!check_live(image, finding))
		return 0;
	purgatory_head_load(&head, image);
	machine_before_regions(&head);
	features = machine_features_begin(head.cpu_features);
	sound = check_regions(image, features, finding);
	machine_features_end();
	return sound;
}

uint64_t purgatory_check(const uint8_t *image)
{
	struct purgatory_head head;
	struct finding finding = { .kind = FINDING_HEAD };
	uint32_t sound;

	stage = STAGE_UNCHECKED;
	sound = verify(image, &finding);
	purgatory_head_load(&head, image);
	if (sound != 0 && sound == head.region_count)
		return 0;
	run_policy(image, &finding, CHECK_CALL);
	machine_console_close();
	return 1;
}

_Noreturn void purgatory_start(const uint8_t *image)
{
	struct purgatory_head head;
	struct finding finding = { .kind = FINDING_HEAD };
	uint32_t sound;

	stage = STAGE_UNCHECKED;
	machine_catch_exceptions();
	sound = verify(image, &finding);
	purgatory_head_load(&head, image);
	if (sound == 0 || sound != head.region_count) {
		run_policy(image, &finding, START_CALL);
		last_resort(&finding);
	}
	machine_enter_kernel(head.kernel_entry, head.kernel_argument);
}

static _Noreturn void end_by(const uint8_t *image, const struct finding *finding)
{
	switch (stage) {
	case STAGE_CHECKED:
		run_policy(image, finding, START_CALL);
		last_resort(finding);
	case STAGE_UNCHECKED:
	case STAGE_POLICY:
		last_resort(finding);
	case STAGE_HALTED:
		machine_halt(finding);
	case STAGE_LAST_RESORT:
		break;
	}
	machine_give_up();
}

_Noreturn void purgatory_exception(const uint8_t *image, uint32_t vector, uint64_t at,
				   uint64_t address)
{
	struct finding finding = {
		.kind = FINDING_EXCEPTION,
		.vector = vector,
		.at = at,
		.address = address,
	};

	end_by(image, &finding);
}

_Noreturn void purgatory_machine_check(const uint8_t *image, uint64_t at)
{
	struct finding finding = { .kind = FINDING_MACHINE_CHECK, .at = at };

	end_by(image, &finding);
}
