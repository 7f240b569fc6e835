# SPDX-License-Identifier: Apache-2.0
#
# Makes the assembly of the whole program shorter, by what POWER's ABI allows and LLVM does not do (64-Bit ELF V2 ABI):
# registers are saved and restored by code that all functions share (2.3.3.1; the linker brings _savegpr0_N and
# _restgpr0_N); there is one TOC, which _start sets, so that no function sets it again (2.3.2.1); and there are no
# traceback tables, which only debuggers read.
# Each is done where the lines are exactly those that are known here; all others stay as they are.

# The first of two readings: what is among the constants, all of which are near the TOC (loader/pack/loader.lds).
NR == FNR {
	if ($1 == ".section")
		constant = $2 ~ /^\.rodata/
	else if ($1 == ".text")
		constant = 0
	else if (constant && match($0, /^[^ \t:]+:/))
		near[substr($0, 1, RLENGTH - 1)] = 1
	next
}

# A function is read whole, and then written.
/^\t\.type\t.*,@function$/ { inside = 1 }
!inside { print; next }
{ sub(/ +# 8-byte Folded (Spill|Reload)$/, ""); line[++count] = $0 }
/^\.Lfunc_end[0-9]+:/ {
	drop_toc()
	drop_table()
	drop_nops()
	share_registers()
	shorten_addresses()
	for (i = 1; i <= count; i++)
		if (line[i] != "")
			print line[i]
	count = inside = 0
}
END { if (inside) exit 1 }

function drop_toc(    i) {
	for (i = 1; i <= count; i++)
		if (line[i] ~ /^\.Lfunc_gep[0-9]+:$/ && line[i + 1] ~ /^\taddis 2, 12, \.TOC\.-/ &&
		    line[i + 2] ~ /^\taddi 2, 2, \.TOC\.-/ && line[i + 3] ~ /^\.Lfunc_lep[0-9]+:$/ &&
		    line[i + 4] ~ /^\t\.localentry\t/)
			drop(i, i + 4)
}

function drop_table() {
	if (line[count - 1] == "\t.quad\t0" && line[count - 2] == "\t.long\t0")
		drop(count - 2, count - 1)
}

# After a call of what another TOC may belong to.
function drop_nops(    i) {
	for (i = 2; i <= count; i++)
		if (line[i] == "\tnop" && line[i - 1] ~ /^\tbl [a-z_0-9]+$/)
			drop(i, i)
}

# "addis A, 2, NAME@toc@ha" and "addi B, A, NAME@toc@l", and what is added to it.
function shorten_addresses(    i, name, first, high, low, more) {
	for (i = 1; i < count; i++) {
		if (split(line[i], high, /[\t ,]+/) != 5 || high[2] != "addis" || high[4] != 2 || high[5] !~ /@toc@ha$/)
			continue
		name = high[5]
		sub(/@toc@ha$/, "", name)
		if (!(name in near) || split(line[i + 1], low, /[\t ,]+/) != 5 || low[2] != "addi" ||
		    low[4] != high[3] || low[5] != name "@toc@l")
			continue
		if (low[3] != high[3] && !unread(i + 2, high[3]))
			continue
		drop(i, i)
		line[i + 1] = "\taddi " low[3] ", 2, " name "@toc"
		if (!only_added(i + 2, low[3]))
			continue
		drop(i + 1, i + 1)
		for (i += 2; split(line[i], more, /[\t ,]+/) == 5 && more[2] == "addi" && more[4] == low[3]; i++) {
			line[i] = "\taddi " more[3] ", 2, " name "@toc+" more[5]
			if (more[3] == low[3])
				break
		}
	}
}

# Whether nothing but a row of additions reads the register.
function only_added(i, wanted,    part, rows) {
	for (rows = 0; split(line[i], part, /[\t ,]+/) == 5 && part[2] == "addi" && part[4] == wanted; i++) {
		rows++
		if (part[3] == wanted)
			return 1
	}
	return rows > 0 && unread(i, wanted)
}

# Whether it is seen at once that a register's value is not read any more.
function unread(i, wanted,    part, n, k) {
	for (; i <= count; i++) {
		if (line[i] == "" || line[i] ~ /^(#|\t#|\.L[A-Za-z0-9_]+:)/)
			continue
		n = split(line[i], part, /[\t ,()]+/)
		if (part[2] !~ /^(li|lis|mr|addi|addis|add|ld|lwz|lbz|lhz|std|stw|stb|sth|cmpl?[wd]i|cmpl?[wd])$/)
			return 0
		for (k = 4; k <= n; k++)
			if (part[k] == wanted)
				return 0
		if (part[3] == wanted)
			return part[2] ~ /^(l|mr|add)/
	}
	return 0
}

function drop(first, last) {
	for (; first <= last; first++)
		line[first] = ""
}

# Whether the line is NAME REGISTER, OFFSET(1); it leaves both numbers in `register` and `offset`.
function on_stack(text, name,    part) {
	if (text !~ ("^\t" name " [0-9]+, -?[0-9]+\\(1\\)$"))
		return 0
	split(text, part, /[\t ,(]+/)
	register = part[3] + 0
	offset = part[4] + 0
	return 1
}

# Registers that a function gives back have their places below its caller's frame, the highest next to it.
function in_place(frame) {
	return register >= 14 && offset - frame == -8 * (32 - register)
}

# The one beginning that a function has, with a frame of its own, and every end that returns from it.
function share_registers(    i, first, frame, linked, lowest, highest) {
	for (i = 1; i <= count && line[i] != "\tmflr 0"; i++)
		;
	first = i + 1
	if (line[first] == "\tmfcr 12" || line[first] ~ /^\tmfocrf 12, [0-9]+$/)
		first++
	if (line[first] == "\tstw 12, 8(1)")
		first++
	frame = linked = highest = 0
	lowest = 32
	# Their order is known, and that they are one after the other.
	for (i = first; i <= count; i++)
		if (!frame && on_stack(line[i], "stdu") && register == 1 && offset < 0)
			frame = -offset
		else if (frame && !linked && on_stack(line[i], "std") && register == 0 && offset == frame + 16)
			linked = 1
		else if (on_stack(line[i], "std") && in_place(frame) && register > highest) {
			highest = register
			if (register < lowest)
				lowest = register
		} else
			break
	if (!frame || !linked || !highest)
		return
	line[first] = "\tbl _savegpr0_" lowest "\n\tstdu 1, -" frame "(1)"
	drop(first + 1, i - 1)
	for (; i <= count; i++)
		if (line[i] == "\tblr" || line[i] ~ /^\tb [a-zA-Z_0-9.]+$/)
			share_end(i, frame, lowest)
}

# From the return backwards, or from a branch to another function, which is called then.
function share_end(last, frame, lowest,    i, condition, popped, linked, target) {
	condition = ""
	popped = linked = 0
	for (i = last - 1; i > 0; i--)
		if (line[i] == "\tmtlr 0" && !linked)
			linked = 1
		else if (line[i] == "\tld 0, 16(1)" && linked == 1 && !popped)
			linked = 2
		else if ((line[i] ~ /^\tmto?crf [0-9]+, 12$/ || line[i] == "\tlwz 12, 8(1)") && !popped)
			condition = line[i] "\n" condition
		else if (line[i] == "\taddi 1, 1, " frame && linked == 2 && !popped)
			popped = 1
		else if (on_stack(line[i], "ld") && register >= lowest && in_place(popped ? frame : 0))
			continue
		else
			break
	if (!popped || (line[last] != "\tblr" && passes_memory(frame)))
		return
	drop(i + 1, last - 1)
	target = line[last] == "\tblr" ? "" : "\tbl" substr(line[last], 3) "\n"
	line[last] = target "\taddi 1, 1, " frame "\n" condition "\tb _restgpr0_" lowest
}

# Whether something is written into the caller's frame, as arguments are that have no room in registers.
function passes_memory(frame,    i, part) {
	for (i = 1; i <= count; i++)
		if (line[i] ~ /^\tst.*\(1\)$/ && split(line[i], part, /[\t ,(]+/) && part[4] + 0 >= frame + 32)
			return 1
	return 0
}
