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

static volatile enum stage stage;

static _Noreturn void last_resort(void)
{
	stage = STAGE_LAST_RESORT;
	machine_reset();
	stage = STAGE_HALTED;
	machine_halt();
}

static void say_step(const struct purgatory_step *step)
{
	char line[64];
	struct text text;

	text_init(&text, line, sizeof(line));
	message_step(&text, step);
	machine_console_put(line);
}

/* Before: check_head() said that the head holds a policy. */
static _Noreturn void run_policy(const uint8_t *image, const struct finding *finding)
{
	struct purgatory_head head;
	char buffer[MESSAGE_BYTES];
	struct text text;

	stage = STAGE_POLICY;
	purgatory_head_load(&head, image);
	for (uint32_t i = 0; i < head.step_count; i++) {
		struct purgatory_step step;

		purgatory_step_load(&step, head.steps + i * PURGATORY_STEP_BYTES);
		/* Silent until a step `message` has opened the console. */
		if (step.kind != POLICY_STEP_MESSAGE)
			say_step(&step);
		switch (step.kind) {
		case POLICY_STEP_MESSAGE:
			machine_console_open(&head);
			text_init(&text, buffer, sizeof(buffer));
			message_finding(&text, &head, finding);
			machine_console_put(buffer);
			break;
		case POLICY_STEP_RESET:
			machine_console_drain();
			machine_reset();
			break;
		case POLICY_STEP_HALT:
			machine_console_drain();
			stage = STAGE_HALTED;
			machine_halt();
		default:
			(void)machine_step(&step);
			break;
		}
	}
	machine_console_drain();
	last_resort();
}

_Noreturn void purgatory_main(const uint8_t *image)
{
	struct purgatory_head head;
	struct finding finding = { .kind = FINDING_HEAD };
	uint64_t features;
	uint32_t sound;

	stage = STAGE_UNCHECKED;
	machine_catch_exceptions();
	if (!check_head(image, &finding))
		last_resort();
	stage = STAGE_CHECKED;
	if (!check_live(image, &finding))
		run_policy(image, &finding);
	purgatory_head_load(&head, image);
	features = machine_features_begin(head.cpu_features);
	sound = check_regions(image, features, &finding);
	machine_features_end();
	if (sound != head.region_count)
		run_policy(image, &finding);
	machine_enter_kernel(head.kernel_entry, head.kernel_argument);
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

	switch (stage) {
	case STAGE_CHECKED:
		run_policy(image, &finding);
	case STAGE_UNCHECKED:
	case STAGE_POLICY:
		last_resort();
	case STAGE_HALTED:
		machine_halt();
	case STAGE_LAST_RESORT:
		break;
	}
	machine_give_up();
}
