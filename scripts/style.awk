# SPDX-License-Identifier: GPL-2.0
#
# The rules of this project that no tool of the kernel knows. Reads C sources,
# named relative to the top of the project; prints one line per finding.
#
# Variables: rule		includes, ifdefs, versions, length or statics
#	     core_headers	the headers of kmod/core, a space before and after each
#
# includes: the core stays pure, and what talks to the rest of the kernel keeps
#	to its own file: sockets to transport and route, generic netlink to netlink, files
#	to chardev and store. The inside of a node is for the files that it is made of.
# ifdefs: one core for the kernel and for userspace, without a branch.
# versions: the kernel's version is asked for in one place.
# length: a function fits on a screen.
# statics: the prefixes raft_ and raftval_ tell that a name is external. The two ends of
#	a module, which the kernel calls, have its name.

BEGIN {
	LONGEST = 70

	split("types string errno kernel limits minmax build_bug bug bitops overflow math64 " \
	      "stddef bits compiler byteorder/generic crc32c", names)
	for (i in names)
		core_may["linux/" names[i] ".h"] = 1
	core_may["linux/raftval.h"] = 1		# uapi
	core_may["asm/byteorder.h"] = 1

	socket_re = "^(net/|linux/(net|socket|in|in6|inet|udp|ip|ipv6|skbuff|netdevice|inetdevice)[.]h)"
	# A namespace is not a socket, and a node must name its own. And generic netlink
	# has sockets of its own.
	not_socket_re = "^net/(net_namespace|netns/generic|genetlink|netlink)[.]h"
	genetlink_re = "^(net/(genetlink|netlink)|(uapi/)?linux/genetlink)[.]h"
}

function finding(text)
{
	print FILENAME ":" FNR ": " text
}

FNR == 1 {
	in_core = FILENAME ~ /^kmod\/core\//
	in_kmod = FILENAME ~ /^kmod\//
	base = FILENAME
	sub(/.*\//, "", base)
	stem = base
	sub(/[.][ch]$/, "", stem)
	depth = 0
	guard = ""
	guard_line = 0
	start = 0
	comment = 0
}

rule == "includes" && in_kmod && /^[ \t]*#[ \t]*include/ {
	what = $0
	sub(/^[^<"]*[<"]/, "", what)
	sub(/[>"].*/, "", what)
	if (in_core) {
		if (/</ && !(what in core_may))
			finding("the core may not include <" what ">")
		if (/"/ && index(core_headers, " kmod/core/" what " ") == 0)
			finding("the core may not include \"" what "\" from outside its directory")
	} else {
		if (what ~ socket_re && what !~ not_socket_re && stem !~ /^(transport|route)$/ &&
		    !(what == "net/sock.h" && stem ~ /^netlink/))
			finding("only transport and route may include <" what ">")
		if (what ~ genetlink_re && stem !~ /^netlink/)
			finding("only netlink may include <" what ">")
		if (what == "node_internal.h" && stem !~ /^(node|request|turn)$/)
			finding("only node, request and turn may include \"" what "\"")
		if (what == "linux/fs.h" && stem !~ /^(chardev|file|store)$/)
			finding("only chardev, file and store may include <" what ">")
	}
}

rule == "ifdefs" && in_core && /^[ \t]*#[ \t]*(if|ifdef|ifndef|elif)([ \t(!]|$)/ {
	word = $0
	sub(/^[ \t]*#[ \t]*/, "", word)
	# The guard of a header: the first such line, and defined by the next.
	if (base ~ /[.]h$/ && guard == "" && word ~ /^ifndef [A-Z_]+_H$/) {
		guard = word
		sub(/^ifndef /, "", guard)
		guard_line = FNR
	} else {
		finding("no conditional compilation in the core")
	}
}

rule == "ifdefs" && in_core && guard_line && FNR == guard_line + 1 &&
$0 != "#define " guard {
	finding("an #ifndef that is not the guard of its header")
}

rule == "versions" && FILENAME != "kmod/compat.h" && /KERNEL_VERSION|LINUX_VERSION_CODE|linux\/version[.]h/ {
	finding("the kernel's version may be asked for only in kmod/compat.h")
}

# A function's body begins and ends with a brace in the first column; its
# declaration begins with the last line before it that starts in the first column
# after a blank line, another body or a directive.
rule == "length" {
	if (/^\{/) {
		start = declared
	} else if (/^\}/) {
		if (start && FNR - start + 1 > LONGEST)
			finding("a function of " (FNR - start + 1) " lines, more than " LONGEST)
		start = 0
		declared = 0
	} else if (/^[ \t]*$/ || /^#/ || /^ ?\*/ || /^\/\*/ || /;$/) {
		if (!start)
			declared = 0
	} else if (!declared && /^[A-Za-z_]/) {
		declared = FNR
	}
}

rule == "statics" && in_kmod && base ~ /[.]c$/ && stem !~ /-gen$/ && /^static / && !/ __(init|exit) / {
	declarator = $0
	sub(/[(=;\[].*/, "", declarator)
	if (match(declarator, /[ *]raft(val)?_[a-z0-9_]+$/))
		finding("a static name carries no prefix:" substr(declarator, RSTART))
}
