include loader/arch/x86/x86.mk
