package main

import (
	"bytes"
	"debug/elf"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
)

const imagePath = "deploy/Dockerfile"

// checkImage tells what is wrong with the Dockerfile, one line each.
func checkImage(dockerfile, module string) []string {
	var problems []string
	want := func(pattern, problem string) {
		if !regexp.MustCompile(`(?m)` + pattern).MatchString(dockerfile) {
			problems = append(problems, problem)
		}
	}
	version := regexp.MustCompile(`(?m)^go (\S+)$`).FindStringSubmatch(module)
	want(`^FROM \S+ golang:`+regexp.QuoteMeta(version[1])+` AS build$`, "the image must be built with Go "+version[1]+", as go.mod says")
	want(`CGO_ENABLED=0 `, "CGO_ENABLED=0 is missing: the program would need a C library")
	want(` -trimpath -ldflags="-s -w -buildid= -X main.release=\$VERSION" `, "the flags that make builds repeatable are missing")
	want(`^FROM scratch$`, "the image must hold nothing else")
	want(`^COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/$`, "without certificates there is no TLS to Kafka and ClickHouse")
	want(`^USER [1-9]\d*:[1-9]\d*$`, "the user must be a number other than 0: there are no names")
	want(`^EXPOSE 8080 8090$`, "ports 8080 and 8090 are not told")
	want(`^COPY --from=build --chown=65532:65532 /state /var/lib/floorwatch$`, "the gateway has no directory for keys that it can write")
	want(`^HEALTHCHECK .* CMD \["/floorwatch", "healthcheck"\]$`, "no health check")
	want(`^ENTRYPOINT \["/floorwatch"\]$`, "it must start the program, without a shell")
	if strings.Contains(dockerfile, "-tags") {
		problems = append(problems, "a build tag is given; the engine cannot be in a static program")
	}
	return problems
}

func TestImage(t *testing.T) {
	dockerfile, module := tree(nil).read(t, imagePath), tree(nil).read(t, "go.mod")
	if problems := checkImage(dockerfile, module); len(problems) > 0 {
		t.Errorf("%s:\n%s", imagePath, strings.Join(problems, "\n"))
	}
	for _, mistake := range []planted{
		{imagePath, "golang:1.26.8", "golang:1.26", "as go.mod says"},
		{imagePath, "CGO_ENABLED=0 ", "", "CGO_ENABLED"},
		{imagePath, "-buildid= ", "", "repeatable"},
		{imagePath, "FROM scratch", "FROM alpine:3.23", "nothing else"},
		{imagePath, "ca-certificates.crt", "certificates.crt", "TLS"},
		{imagePath, "USER 65532:65532", "USER nobody", "the user"},
		{imagePath, "USER 65532:65532", "USER 0:0", "the user"},
		{imagePath, "EXPOSE 8080", "EXPOSE 80", "port"},
		{imagePath, "--chown=65532:65532 ", "", "keys"},
		{imagePath, `"healthcheck"`, `"health"`, "health check"},
		{imagePath, `ENTRYPOINT ["/floorwatch"]`, "ENTRYPOINT /floorwatch", "shell"},
		{imagePath, "-trimpath", "-tags embedded -trimpath", "build tag"},
	} {
		problems := checkImage(tree{imagePath: mistake}.read(t, imagePath), module)
		if !slices.ContainsFunc(problems, func(p string) bool { return strings.Contains(p, mistake.told) }) {
			t.Errorf("%q for %q: not told %q; told %q", mistake.is, mistake.was, mistake.told, problems)
		}
	}
}

// The program that the Dockerfile's own command makes needs nothing of the system, knows its version, and says what it has not.
func TestImageProgram(t *testing.T) {
	if testing.Short() {
		t.Skip("building the program takes a minute the first time")
	}
	_, line, found := strings.Cut(tree(nil).read(t, imagePath), "    CGO_ENABLED=0")
	line, _, _ = strings.Cut(line, "\n")
	program := filepath.Join(t.TempDir(), "floorwatch")
	line = "CGO_ENABLED=0" + strings.Replace(line, "-o /floorwatch", "-o "+program, 1)
	if !found || !strings.Contains(line, program) {
		t.Fatalf("%s has no command that builds: %s", imagePath, line)
	}
	build := exec.Command("sh", "-c", line)
	build.Env = append(os.Environ(), "VERSION=v1.2.3", "TARGETOS="+runtime.GOOS, "TARGETARCH="+runtime.GOARCH)
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", line, err, out)
	}
	if err := static(program); err != nil {
		t.Error(err)
	}
	if out, err := exec.Command(program, "version").Output(); err != nil || !strings.HasPrefix(string(out), "floorwatch v1.2.3\n") {
		t.Errorf("version: %v\n%s", err, out)
	}
	run := exec.Command(program, "run", "--embedded")
	run.Env = append(os.Environ(), "FLOORWATCH_HTTP_LISTEN=127.0.0.1:0")
	var told bytes.Buffer
	run.Stderr = &told
	err := run.Run()
	if run.ProcessState.ExitCode() != 1 || !strings.Contains(told.String(), "built without them; use make run") {
		t.Errorf("run --embedded: %v\n%s", err, &told)
	}
}

// static tells why an ELF file needs a loader or libraries.
func static(program string) error {
	file, err := elf.Open(program)
	if err != nil {
		return err
	}
	defer file.Close()
	for _, part := range file.Progs {
		if part.Type == elf.PT_INTERP || part.Type == elf.PT_DYNAMIC {
			return errors.New(program + ": has a " + part.Type.String() + ": it is linked dynamically")
		}
	}
	if libraries, err := file.ImportedLibraries(); err == nil && len(libraries) > 0 {
		return errors.New(program + ": needs " + strings.Join(libraries, ", "))
	}
	return nil
}

// The check itself, on a program that is linked dynamically.
func TestStaticCheckFails(t *testing.T) {
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Fatal(err)
	}
	if err := static(shell); err == nil || !strings.Contains(err.Error(), "dynamically") {
		t.Errorf("%s: %v", shell, err)
	}
}

// listed is a package of the program.
type listed struct {
	ImportPath, Dir     string
	GoFiles, EmbedFiles []string
	Module              *struct{ Main bool }
}

// listPackages gives the packages of the program as it is built with the arguments.
func listPackages(t *testing.T, arguments ...string) []listed {
	t.Helper()
	out, err := exec.Command("go", append(append([]string{"list", "-deps", "-json=ImportPath,Dir,GoFiles,EmbedFiles,Module"}, arguments...), ".")...).Output()
	if err != nil {
		t.Fatal(err)
	}
	var packages []listed
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}

// The servers of "make run" are no part of the image.
func TestImageLeavesServersOut(t *testing.T) {
	servers := func(packages []listed) (found []string) {
		for _, p := range packages {
			if strings.HasSuffix(p.ImportPath, "/deploy/embedded") || strings.HasSuffix(p.ImportPath, "/pkg/kfake") || strings.Contains(p.ImportPath, "/purego") {
				found = append(found, p.ImportPath)
			}
		}
		return found
	}
	if found := servers(listPackages(t)); len(found) > 0 {
		t.Errorf("the program has %v", found)
	}
	if found := servers(listPackages(t, "-tags", "embedded")); len(found) < 3 {
		t.Errorf("with the tag the program has only %v; is this check right?", found)
	}
}

// ignored tells whether a line of .dockerignore leaves a file out. It knows the two forms that stand there: a path, and **/name.
func ignored(lines []string, file string) bool {
	return slices.ContainsFunc(lines, func(line string) bool {
		if name, anywhere := strings.CutPrefix(line, "**/"); anywhere {
			return slices.ContainsFunc(strings.Split(file, "/"), func(part string) bool { matches, _ := path.Match(name, part); return matches })
		}
		return file == line || strings.HasPrefix(file, line+"/")
	})
}

// The build in the container gets every file that it needs, and neither history, data nor passwords.
func TestImageContext(t *testing.T) {
	lines := strings.Fields(strings.TrimPrefix(tree(nil).read(t, ".dockerignore"), "# What the program is not built from.\n"))
	here, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	needed := []string{"go.mod", "go.sum"}
	for _, p := range listPackages(t) {
		if p.Module == nil || !p.Module.Main {
			continue
		}
		folder, err := filepath.Rel(here, p.Dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range slices.Concat(p.GoFiles, p.EmbedFiles) {
			needed = append(needed, path.Join(folder, file))
		}
	}
	for _, file := range needed {
		if ignored(lines, file) {
			t.Errorf(".dockerignore leaves out %s, which the program needs", file)
		}
	}
	for _, file := range []string{".git/config", ".env", ".cache/engine/26/libchdb.so", "data/kafka/meta.json", "floorwatch", "schemas/key_test.go", "aggregator/testdata/tiles.day"} {
		if !ignored(lines, file) {
			t.Errorf(".dockerignore lets %s into the build", file)
		}
	}
	if len(needed) < 50 || !ignored([]string{"schemas"}, "schemas/key.go") {
		t.Errorf("%d files are needed; is this check right?", len(needed))
	}
}
