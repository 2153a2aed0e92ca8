// Package handler holds the handlers that end at a person's eyes or at a disk: the console and the
// file. Their records have the forms of package format.
package handler
