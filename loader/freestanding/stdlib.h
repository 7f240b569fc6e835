/* SPDX-License-Identifier: Apache-2.0 */
/* libfdt includes it, and takes nothing from it. */
