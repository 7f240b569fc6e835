# libfdt and what makes the capture kernel's device tree.
LOADER_TREE_arm64 := yes
