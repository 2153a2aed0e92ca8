// Package page tests the page of the built program in a real Chromium: what a reader does, and what he sees.
// What is measured there is in figures_test.go.
package page
