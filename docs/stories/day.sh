# The Tuesday of the four stories, for `npm run reference`: every story begins with it, types its own part, and lets the
# others do theirs meanwhile. So all four tell of the same commits.
#
#   it_is 13:30 operations    lets happen what others did until then, and is that team at that time

export ELEVENTH_REPO="$HOME/deploy.git" NODE_OPTIONS="--require $HOME/clock.cjs"
NOW=0000
EVENTS='0815 0850 0905 0930 1000 1020 1040 1100 1300 1330 1430 1540 1555 1630'

it_is() {
  until=$(echo "$1" | tr -d :)
  for event in $EVENTS; do
    if [ "$event" -gt "$NOW" ] && [ "$event" -lt "$until" ]; then
      (cd "$HOME/bank" && "event_$event" > "$HOME/day.log" 2>&1)
    fi
  done
  NOW=$until
  is_team "$2" "25T$1"
}

is_team() {
  export GIT_AUTHOR_NAME="$1" GIT_AUTHOR_EMAIL="$1@example.com" GIT_AUTHOR_DATE="2025-11-$2:00Z"
  export GIT_COMMITTER_NAME="$1" GIT_COMMITTER_EMAIL="$1@example.com" GIT_COMMITTER_DATE="2025-11-$2:00Z"
}

# The commit of a service's team, and what its CI knows once both images are pushed.
commit_of() {
  cd "$HOME/services/$1"
  echo "- $2" >> CHANGES.md
  git commit --quiet --all --message "$2"
  DIGEST="sha256:$(git rev-parse HEAD | sha256sum | cut -d ' ' -f 1)"
  WORKER_DIGEST="sha256:$(git rev-parse HEAD~1 | sha256sum | cut -d ' ' -f 1)"
}

pin_payments() {
  eleventh pin payments --version "$1" --manifests k8s \
    --image "ghcr.io/example-bank/payments@$DIGEST" --image "ghcr.io/example-bank/payments-worker@$WORKER_DIGEST"
}

ask_for_evidence() {
  sed -i.old '$a\
    tests: [integration]' environments/preprod/environment.yaml
  sed -i.old '$a\
    tests: [integration]\
    approvals: {count: 1, from: [release-engineers, operations]}' environments/prod/environment.yaml
  printf '  teams:\n    %s\n    %s\n' 'release-engineers: [release-engineers@example.com]' \
    'operations: [operations@example.com]' >> environments/workspace.yaml
  rm environments/*/environment.yaml.old
}

event_0815() {
  is_team platform-engineers 25T08:15
  ask_for_evidence
  git commit --quiet --all --message 'Ask for tests before preprod, and for a second team before prod'
  git push --quiet origin HEAD:main
  eleventh update staging
}

event_0850() {
  is_team team-web 25T08:50
  new_build web 3.2.0 'Show the balance first'
}

event_0905() {
  is_team team-payments 25T09:05
  commit_of payments 'Split a payment over two cards'
  pin_payments 2.5.0
}

event_0930() {
  is_team team-ledger 25T09:30
  new_build ledger 5.2.0 'Round interest to the cent'
}

event_1000() {
  is_team integration-tests 25T10:00
  ! eleventh test staging integration -- integration-tests
}

event_1020() {
  is_team release-engineers 25T10:20
  eleventh compose --without ledger
}

event_1040() {
  is_team integration-tests 25T10:40
  eleventh test v1.3.0-rc.1 integration -- integration-tests
}

event_1100() {
  is_team release-engineers 25T11:00
  eleventh promote v1.3.0-rc.1 --to preprod
}

event_1300() {
  is_team release-engineers 25T13:00
  eleventh approve preprod --to prod
}

event_1330() {
  is_team operations 25T13:30
  eleventh promote preprod --to prod --ticket CHG0012345
}

event_1430() {
  is_team platform-engineers 25T14:30
  git pull --quiet
  eleventh service add loans --image ghcr.io/example-bank/loans --owner team-loans \
    --source https://github.com/example-bank/loans
}

event_1540() {
  is_team release-engineers 25T15:40
  eleventh rollback prod --only payments --block --why 'split payments are booked twice' --ticket INC0004711
}

event_1555() {
  is_team operations 25T15:55
  eleventh approve v1.3.1 --to prod --note 'agreed on the phone'
}

event_1630() {
  is_team team-payments 25T16:30
  commit_of payments 'Book a split payment once'
  pin_payments 2.5.1
}

# The clock of every command stands where the story is.
cat > "$HOME/clock.cjs" << 'END'
const at = Date.parse(process.env.GIT_COMMITTER_DATE);
Date.now = () => at;
END

# The suite of the bank: it finds what the build of the ledger gets wrong.
cat > "$HOME/bin/integration-tests" << 'END'
#!/bin/sh
if grep -q '5\.2\.0' "$ELEVENTH_MANIFESTS/apps/ledger/kustomization.yaml"; then
  echo '41 of 42 checks passed. ledger: interest of 0.004 was booked as 0.01'
  exit 1
fi
echo '42 of 42 checks passed'
END
chmod +x "$HOME/bin/integration-tests"

# On Monday production got what preprod had, with payments repaired.
(
  is_team team-payments 24T15:00
  new_build payments 2.4.1 'Give an instant payment 10 s again'
  is_team release-engineers 24T15:30
  eleventh promote staging --to preprod && eleventh promote preprod --to prod
) > /dev/null
