// Package handler holds the handlers that end at a person's eyes or at a disk, the console and the file, and the one
// that keeps records for another, the memory. The forms of records are those of package format.
package handler
