/** What runs a program for s390x on this machine; of the package qemu-user-static. */
export const s390xUserEmulator = '/usr/bin/qemu-s390x-static';
export const i386UserEmulator = '/usr/bin/qemu-i386-static';
export const arm64UserEmulator = '/usr/bin/qemu-aarch64-static';
export const riscv64UserEmulator = '/usr/bin/qemu-riscv64-static';
export const ppc64leUserEmulator = '/usr/bin/qemu-ppc64le-static';
