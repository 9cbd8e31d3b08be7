// A vCenter for tests: govmomi's simulator over HTTPS, with an estate, load, rules and migrations that are told the truth about.
//
// It reads one JSON document from a file (see document.go), prints one JSON line once it answers, and ends with its
// standard input or on SIGTERM, so that it never outlives who started it.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	path := flag.String("document", "", "JSON file that tells the estate and how it is served")
	flag.Parse()
	if err := run(*path); err != nil {
		log.Fatal(err)
	}
}

func run(path string) error {
	document, err := readDocument(path)
	if err != nil {
		return err
	}
	world, err := build(document)
	if err != nil {
		return fmt.Errorf("the estate cannot be built: %w", err)
	}
	defer world.remove()
	address, err := serve(world, document)
	if err != nil {
		return err
	}
	if err := json.NewEncoder(os.Stdout).Encode(address); err != nil {
		return err
	}
	waitForTheEnd()
	return nil
}

func waitForTheEnd() {
	end := make(chan os.Signal, 1)
	signal.Notify(end, syscall.SIGINT, syscall.SIGTERM)
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		end <- syscall.SIGTERM
	}()
	<-end
}
