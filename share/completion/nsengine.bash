# Written by docs/generate.lua.
_nsengine()
{
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} joined= i
    COMPREPLY=()
    # Behind the recipe stand its own arguments, and behind "--" a command.
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
            --)
                compopt -o default
                ((i + 1 == COMP_CWORD)) && COMPREPLY=($(compgen -c -- "$cur"))
                return
                ;;
        esac
    done
    # "=" is a word of its own where COMP_WORDBREAKS has it.
    if [[ $cur == = ]]; then
        cur= joined=1
    elif [[ $prev == = ]]; then
        prev=${COMP_WORDS[COMP_CWORD - 2]} joined=1
    fi
    case $prev$joined in
        -h | --help | --help1)
            COMPREPLY=($(compgen -W 'fields optional share user user.gid user.gid_map user.groups user.uid user.uid_map name hostname domainname clock clock.boottime clock.monotonic net fs limits limits.address_space limits.core limits.cpu_time limits.cpu_weight limits.cpus limits.cpuset limits.disk limits.file_size limits.files limits.io limits.memory limits.output limits.pids limits.processes limits.stack limits.swap limits.wall_time nice umask init cwd env cmd tty stdin stdout stderr fds setup caps no_new_privs landlock landlock.bind landlock.connect landlock.exec landlock.log landlock.read landlock.scope landlock.write seccomp seccomp.allow seccomp.args seccomp.default seccomp.deny seccomp.errno seccomp.log seccomp.notify seccomp.profile denied ns.ro ns.rw ns.dev_bind ns.tmpfs ns.proc ns.dev ns.sys ns.mqueue ns.devpts ns.overlay ns.file ns.dir ns.symlink ns.mask agent build desktop judge strict' -- "$cur"))
            return
            ;;
        -o | --result | --result1 | --trace1)
            compopt -o filenames
            COMPREPLY=($(compgen -f -- "$cur"))
            return
            ;;
        --explain1 | --doctor1)
            COMPREPLY=($(compgen -W json -- "$cur"))
            return
            ;;
        -e)
            return
            ;;
    esac
    if [[ $cur == -* ]]; then
        COMPREPLY=($(compgen -W '-n --check --explain --doctor --trace --why --learn -o --result -e -q --quiet -v --verbose -h --help --luarc --version' -- "$cur"))
        return
    fi
    compopt -o filenames
    COMPREPLY=($(compgen -f -X '!*.lua' -- "$cur") $(compgen -d -- "$cur"))
}
complete -F _nsengine nsengine
