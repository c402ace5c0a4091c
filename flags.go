package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
)

// flagSet is the command line of a subcommand.
type flagSet struct {
	*flag.FlagSet
	arguments string // how it is called, behind its name
	about     string // what it does
}

func newFlags(name, arguments, about string) *flagSet {
	flags := &flagSet{flag.NewFlagSet(name, flag.ContinueOnError), arguments, about}
	flags.SetOutput(io.Discard) // parse tells what is wrong
	return flags
}

// parse reads the arguments: flags, then so many others.
func (f *flagSet) parse(arguments []string, s streams, positional int) error {
	err := f.Parse(arguments)
	switch {
	case errors.Is(err, flag.ErrHelp):
		f.help(s.out)
		return err
	case err != nil:
		return f.refuse(s, "%s", f.plain(err))
	case f.NArg() > positional:
		return f.refuse(s, "unexpected argument %q", f.Arg(positional))
	case f.NArg() < positional:
		return f.refuse(s, "an argument is missing: %s %s", f.Name(), f.arguments)
	}
	return nil
}

// refuse tells what is wrong with the command line.
func (f *flagSet) refuse(s streams, format string, arguments ...any) error {
	fmt.Fprintf(s.err, "floorwatch %s: %s; see \"floorwatch %s --help\"\n", f.Name(), fmt.Sprintf(format, arguments...), f.Name())
	return errUsage
}

// plain words the flag package's message about an unknown flag like the other messages.
func (f *flagSet) plain(err error) string {
	wrong, unknown := strings.CutPrefix(err.Error(), "flag provided but not defined: -")
	if !unknown {
		text, _, _ := strings.Cut(err.Error(), ": parse error")
		return strings.NewReplacer("for -", "for --", "for flag -", "for flag --", "invalid boolean value", "invalid value").Replace(text)
	}
	var names []string
	f.VisitAll(func(known *flag.Flag) { names = append(names, known.Name) })
	if near := nearest(wrong, names); near != "" {
		return fmt.Sprintf("there is no flag --%s; did you mean --%s?", wrong, near)
	}
	return fmt.Sprintf("there is no flag --%s", wrong)
}

// given tells whether a flag stands on the command line.
func (f *flagSet) given(name string) bool {
	found := false
	f.Visit(func(given *flag.Flag) { found = found || given.Name == name })
	return found
}

func (f *flagSet) help(out io.Writer) {
	fmt.Fprintf(out, "%s\n\n  floorwatch %s\n", f.about, strings.TrimSpace(f.Name()+" "+f.arguments))
	width := 0
	f.VisitAll(func(known *flag.Flag) { width = max(width, len(heading(known))) })
	if width > 0 {
		fmt.Fprintln(out)
	}
	f.VisitAll(func(known *flag.Flag) {
		_, text := flag.UnquoteUsage(known)
		fmt.Fprintf(out, "  %-*s  %s\n", width, heading(known), text)
	})
}

func heading(known *flag.Flag) string {
	value, _ := flag.UnquoteUsage(known)
	return strings.TrimSpace("--" + known.Name + " " + strings.ToUpper(value))
}
