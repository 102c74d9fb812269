// Each function wraps the same sh function, which prints the candidates for the word at the cursor (see completion.ts),
// in what one shell needs to call it.

/** Returns the bash script (3.2 and newer, with or without the bash-completion package). */
export function bashScript(program: string, candidates: string): string {
  const name = identifier(program);
  // Bash splits words at = and : too, so the line is split here: an image reference is one word.
  return `# bash completion for ${program}. Load it with: source <(${program} completion bash)
${name}_candidates() {
${candidates}}

${name}_complete() {
  local line=\${COMP_LINE:0:COMP_POINT} words current stem='' candidate path kind
  read -a words <<<"$line"
  [[ $line == *[[:space:]] ]] && words+=('')
  current=\${words[\${#words[@]} - 1]}
  if [[ $current == --*=* ]]; then
    [[ $COMP_WORDBREAKS == *=* ]] || stem=\${current%%=*}=
    current=\${current#*=}
  fi
  COMPREPLY=()
  while IFS= read -r candidate; do
    case $candidate in
      $'\\tdirs' | $'\\tfiles')
        kind=-f
        [[ $candidate == $'\\tdirs' ]] && kind=-d
        compopt -o filenames 2>/dev/null
        while IFS= read -r path; do COMPREPLY+=("$stem$path"); done < <(compgen "$kind" -- "$current") ;;
      *)
        candidate=\${candidate%%$'\\t'*}
        [[ $candidate == "$current"* ]] && COMPREPLY+=("$stem$candidate") ;;
    esac
  done < <(${name}_candidates "\${words[@]:1}")
  return 0
}

complete -F ${name}_complete ${program}
`;
}

/** Returns the zsh script, for a folder of `fpath` as `_program` or to be sourced. */
export function zshScript(program: string, candidates: string): string {
  const name = identifier(program);
  return `#compdef ${program}
# zsh completion for ${program}. Load it after compinit with: source <(${program} completion zsh)
${name}_candidates() {
${candidates}}

${name}() {
  local line word
  local -a found arguments
  arguments=("\${(@Q)words[2,CURRENT - 1]}" "\${(Q)PREFIX}")
  compset -P '--*='
  for line in "\${(@f)$(${name}_candidates "\${arguments[@]}")}"; do
    case $line in
      '') ;;
      $'\\tdirs') _files -/ ;;
      $'\\tfiles') _files ;;
      *)
        word=\${line%%$'\\t'*}
        found+=("\${word//:/\\\\:}\${\${line#$word}/$'\\t'/:}") ;;
    esac
  done
  (( \${#found} )) && _describe '${program}' found
}

if [[ \${funcstack[1]} == ${name} ]]; then
  ${name} "$@"
else
  compdef ${name} ${program}
fi
`;
}

/** Returns the fish script; sh runs the function that the other shells run themselves. */
export function fishScript(program: string, candidates: string): string {
  const name = `_${identifier(program)}`;
  const script = `candidates() {\n${candidates}}\ncandidates "$@"`;
  return `# fish completion for ${program}. Load it with: ${program} completion fish | source
function ${name}
    set -l words (commandline -opc)
    set -e words[1]
    set -l current (commandline -ct)
    set -l stem (string match --regex -- '^--[^=]+=' "$current")
    set -l begun (string replace -- "$stem" '' "$current")
    for line in (sh -c '${script.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}' sh $words "$current")
        switch $line
            case \\tdirs
                for path in (__fish_complete_directories "$begun" '')
                    echo "$stem$path"
                end
            case \\tfiles
                for path in (__fish_complete_path "$begun")
                    echo "$stem$path"
                end
            case '*'
                echo "$stem$line"
        end
    end
end

complete --command ${program} --no-files --arguments '(${name})'
`;
}

function identifier(program: string): string {
  return `_${program.replace(/\W/g, '_')}`;
}
