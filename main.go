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
	"syscall"
)

const usage = `floorwatch: live metrics for chat contact centres

  floorwatch run [--config FILE] [--embedded] [--data-dir DIR] [--simulate]
                           the service: Kafka → numbers → ClickHouse and Prometheus
  floorwatch produce [--config FILE] [--backfill] FILE|-
                           send event lines (one JSON event each) to Kafka
  floorwatch simulate [--config FILE] [--seed N] [--rate N] [--speed N] [--from TIME] [--until TIME] [--to kafka|stdout]
                           send the events of a made-up floor
  floorwatch check [--config FILE] [--print]
                           tell everything that is wrong with the configuration
  floorwatch metrics [--markdown]
                           print the dictionary: what each number means
  floorwatch version       print versions

"floorwatch COMMAND --help" tells a command's flags. Every key of the configuration can be set in the environment too:
clickhouse.addresses is FLOORWATCH_CLICKHOUSE_ADDRESSES.
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
	{"run", run}, {"produce", produce}, {"simulate", simulateFloor}, {"check", check}, {"metrics", metrics}, {"version", version},
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
	if len(arguments) == 0 || arguments[0] == "help" || arguments[0] == "--help" || arguments[0] == "-h" {
		fmt.Fprint(s.out, usage)
		return 0
	}
	for _, c := range commands {
		if c.name != arguments[0] {
			continue
		}
		err := c.run(ctx, arguments[1:], s)
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
	fmt.Fprintf(s.err, "floorwatch: there is no command %q; \"floorwatch help\" lists them\n", arguments[0])
	return 2
}

// parse reads a command's flags; more arguments than allowed are refused.
func parse(flags *flag.FlagSet, arguments []string, s streams, positional int) error {
	flags.SetOutput(s.err)
	if err := flags.Parse(arguments); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return err
		}
		return errUsage // the flag package has told what is wrong
	}
	if flags.NArg() > positional {
		fmt.Fprintf(s.err, "floorwatch %s: unexpected argument %q\n", flags.Name(), flags.Arg(positional))
		return errUsage
	}
	return nil
}
