# SPDX-License-Identifier: GPL-3.0-or-later
# Bash completion for dubdesk. Addresses come from the running desk, if there is one.
_dubdesk() {
    local cur prev cmd
    cur=${COMP_WORDS[COMP_CWORD]}
    prev=${COMP_WORDS[COMP_CWORD - 1]}
    cmd=${COMP_WORDS[1]}
    COMPREPLY=()
    if ((COMP_CWORD == 1)); then
        mapfile -t COMPREPLY < <(compgen -W "get set watch meters ns script render --help --version" -- "$cur")
        return
    fi
    case $prev in
    -c)
        mapfile -t COMPREPLY < <(compgen -f -X '!*.cfg' -o plusdirs -- "$cur")
        return
        ;;
    --script)
        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
        return
        ;;
    -o | --reel | --inserts)
        mapfile -t COMPREPLY < <(compgen -d -- "$cur")
        return
        ;;
    --host | --port | --ms | --seconds | --from | --to | --period) return ;;
    esac
    if [[ $cur == -* ]]; then
        local options="--host --port --json --help"
        case $cmd in
        watch | meters) options+=" --ms --seconds" ;;
        script) options+=" --wait" ;;
        render) options="-c --script --from --to --period --reel --inserts --json -o --help" ;;
        esac
        mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur")
        return
    fi
    case $cmd in
    get | set | watch | ns)
        [[ $cmd == set && $prev == /* ]] && return
        local node=${cur%/*} names
        # "PATH node FIRST COUNT CHILD..." lists what is below
        names=$(dubdesk ns "${node:-/}" 2>/dev/null |
            awk -v n="$node" '$2 == "node" { for (i = 5; i <= NF; i++) print n "/" $i }')
        mapfile -t COMPREPLY < <(compgen -W "$names" -- "$cur")
        compopt -o nospace 2>/dev/null
        ;;
    meters) mapfile -t COMPREPLY < <(compgen -W "ch grp aux stem main mon all" -- "$cur") ;;
    script) mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
    esac
}
complete -o filenames -F _dubdesk dubdesk
