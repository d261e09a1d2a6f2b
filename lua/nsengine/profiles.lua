--- The profiles of ns.profile, {name = what it is for}; each is a recipe, profiles/<name>.lua.
return {
  strict = "one program that nobody knows: the system's programs and a /tmp; no network, no sockets but unix ones, a "
    .. "/proc of its own processes alone, and limits on time, output, processes, open files and their size, but "
    .. "none on memory and processor time.",
  judge = "a program that computes: standard input and output, no other process, no file made; killed for anything "
    .. "else. Output is captured, and r.reason is the verdict.",
  build = "a build of the project in the working directory, which it writes to; no network.",
  agent = "a coding agent in the project of the working directory: no home, no keys, no network; what git and editors "
    .. "would later run by themselves (.git/hooks, .git/config, .envrc, .vscode, .idea) it can read, and not write.",
  desktop = "a program with windows, sound and graphics by Wayland and PipeWire; not the host's files, network, or X.",
}
