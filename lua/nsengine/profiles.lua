--- The profiles of ns.profile, {name = what it is for}; each is a recipe, profiles/<name>.lua.
return {
  strict = "an unknown program: it sees the system's programs and a /tmp; no network, no sockets but unix ones, a "
    .. "/proc with only its own processes, and limits on time, output, processes, open files and their size, but none "
    .. "on memory and processor time.",
  judge = "a program that only computes: standard input and output, no other process, no new file; killed for "
    .. "anything else. Output is captured, and r.reason is the verdict.",
  build = "a build of the project in the working directory, which it may write to; no network. Its user owns that "
    .. "directory: started by root in a directory of root's it is the host's root, without capabilities.",
  agent = "a coding agent in the project of the working directory: no home, no keys, no network; what git and editors "
    .. "would later run by themselves (.git/hooks, .git/config, .envrc, .vscode, .idea) is read-only where it exists; "
    .. "what did not exist before, such as a new .envrc, is not protected. Its user is that of \"build\".",
  desktop = "a program with windows, sound and graphics over Wayland and PipeWire; not the host's files, network or X.",
}
