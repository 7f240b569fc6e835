/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Linux did to XCR0 when it came up: x87, XMM and, where there are some, YMM registers. In protected mode, before CR4
 * gets its value; EAX to EDX are spent.
 */
	.macro	switch_registers_on
	movl	$1, %eax
	cpuid
	btl	$26, %ecx /* XSAVE */
	jnc	.Lno_xsave
	movl	$0x40000, %eax /* OSXSAVE */
	movl	%eax, %cr4
	movl	$0xd, %eax
	xorl	%ecx, %ecx
	cpuid
	andl	$7, %eax
	xorl	%ecx, %ecx
	xorl	%edx, %edx
	xsetbv
	xorl	%eax, %eax
	movl	%eax, %cr4
.Lno_xsave:
	.endm
