package main

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/floorwatch/floorwatch/schemas"
)

// version prints what this program was made from.
func version(_ context.Context, arguments []string, s streams) error {
	if err := newFlags("version", "", "Prints what this program was made from.").parse(arguments, s, 0); err != nil {
		return err
	}
	fmt.Fprintf(s.out, "floorwatch %s\n%s\nzone data %s\nevent format %d\nembedded Kafka and ClickHouse: %t\n",
		buildVersion(), runtime.Version(), schemas.ZoneVersion(), schemas.SchemaVersion, hasEmbedded)
	return nil
}

// release is the version of an image: the linker sets it, because an image is built without the history beside it.
var release string

// buildVersion is the release, else the module's version, else the commit, else "development".
func buildVersion() string {
	if release != "" {
		return release
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "development"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, setting := range info.Settings {
		if setting.Key == "vcs.revision" {
			return "commit " + setting.Value[:min(12, len(setting.Value))]
		}
	}
	return "development"
}
