// Command floorwatch is live metrics for chat contact centres. Each subcommand is in the file of its name.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"syscall"
)

const usage = `floorwatch: live metrics for chat contact centres

  run          the service: Kafka → numbers → ClickHouse and Prometheus
  gateway      the front door: events and webhooks over HTTP → Kafka
  produce      send event lines to Kafka
  import       send the history in a chat platform's exported tables to Kafka
  simulate     send the events of a made-up floor
  check        tell everything that is wrong with the configuration
  healthcheck  ask a running service whether it is ready
  metrics      print the dictionary: what each number means
  version      print what this program was made from

Everything in one process, to try it:   floorwatch run --embedded --simulate
The flags of a command:                 floorwatch COMMAND --help
The configuration is a YAML file (--config FILE), and any key of it can be set in the environment:
clickhouse.addresses is FLOORWATCH_CLICKHOUSE_ADDRESSES. deploy/floorwatch.example.yml has all keys.
`

// command is a subcommand: its name, and what it does with the arguments behind it.
type command struct {
	name string
	run  func(ctx context.Context, arguments []string, streams streams) error
}

// streams are where a command reads and writes.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

var commands = []command{
	{"run", run}, {"gateway", runGateway}, {"produce", produce}, {"import", importHistory}, {"simulate", simulateFloor}, {"check", check},
	{"healthcheck", healthcheck}, {"metrics", metrics}, {"version", version},
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	go func() { // a second Ctrl-C ends the process at once
		<-ctx.Done()
		stop()
	}()
	os.Exit(dispatch(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr}))
}

// errUsage marks a wrong command line; what is wrong was already told.
var errUsage = errors.New("usage")

// errSilent ends a command with exit code 1 when it has already told why.
var errSilent = errors.New("already told")

// dispatch runs a subcommand and gives the exit code: 0, 1 for a failure, 2 for a wrong command line.
func dispatch(ctx context.Context, arguments []string, s streams) int {
	if len(arguments) == 2 && arguments[0] == "help" {
		arguments = []string{arguments[1], "--help"}
	}
	if len(arguments) == 0 || slices.Contains([]string{"help", "--help", "-h"}, arguments[0]) {
		fmt.Fprint(s.out, usage)
		return 0
	}
	if arguments[0] == "--version" {
		arguments[0] = "version"
	}
	var names []string
	for _, c := range commands {
		if c.name == arguments[0] {
			return exitCode(c.run(ctx, arguments[1:], s), s)
		}
		names = append(names, c.name)
	}
	hint := `"floorwatch help" lists them`
	if near := nearest(arguments[0], names); near != "" {
		hint = "did you mean " + near + "?"
	}
	fmt.Fprintf(s.err, "floorwatch: there is no command %q; %s\n", arguments[0], hint)
	return 2
}

func exitCode(err error, s streams) int {
	switch {
	case err == nil || errors.Is(err, flag.ErrHelp):
		return 0
	case errors.Is(err, errUsage):
		return 2
	case !errors.Is(err, errSilent):
		fmt.Fprintf(s.err, "floorwatch: %v\n", err)
	}
	return 1
}
