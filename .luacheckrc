std = "lua54"
max_line_length = 120
include_files = { "lua", "spec/**/*.lua", "examples", "bench/*.lua", "docs/*.lua", ".busted", ".luacheckrc" }
ignore = { "211/_.*" } -- a local that begins with _ lives for its scope (`<close>`)
files["spec"] = { std = "+busted" }
files["examples"] = { globals = { "arg" } }
files[".busted"] = { std = "max" }
files[".luacheckrc"] = { std = "+luacheckrc" }
exclude_files = { "spec/**/*.c", "spec/engine/*.symbols", "spec/engine/*.layout", "examples/embed" }
