//go:build !linux

package main

const runAsLauncher = "JACKDAW_TEST_RUN_AS_LAUNCHER"

func launchProgram() {}
