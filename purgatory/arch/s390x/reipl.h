/* SPDX-License-Identifier: Apache-2.0 */
#ifndef REIPL_H
#define REIPL_H

/*
 * Names, for a dump tool that is IPLed next, the block from which it is to IPL when it is done, as the
 * kernel's own action "dump_reipl" does. Nothing where the dead kernel's description of it is not sound.
 * Before: cpu_take_lowcore().
 */
void reipl_name_block(void);

#endif
