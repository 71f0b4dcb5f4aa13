#!/bin/bash
# The English and French descriptions of three releases of Debian as OUT/RELEASE.en and .fr: sources.sh OUT
# Needs apt and Debian's keys, of any Debian or its container; changes nothing of the system's.
set -euo pipefail
mkdir -p "$1"
cd "$1"
mkdir -p apt/lists/partial apt/cache
releases="bullseye bookworm trixie"
key=/usr/share/keyrings/debian-archive-keyring.gpg
for release in $releases; do echo "deb [signed-by=$key] http://deb.debian.org/debian $release main"; done > apt/sources.list
printf '%s;\n' "Dir::Etc::sourcelist \"$PWD/apt/sources.list\"" "Dir::Etc::sourceparts \"$PWD/apt/none\"" \
    "Dir::State::lists \"$PWD/apt/lists\"" "Dir::Cache \"$PWD/apt/cache\"" > apt/apt.conf
export APT_CONFIG=$PWD/apt/apt.conf
apt-get update -o Acquire::Languages=en,fr
for release in $releases; do
    for language in en fr; do
        /usr/lib/apt/apt-helper cat-file apt/lists/*_dists_"${release}"_main_i18n_Translation-$language* > $release.$language
    done
done
