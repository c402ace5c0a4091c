//go:build embedded

package embedded

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// child is what a process does that a test has started from its own binary, because a process has one engine only.
func child(task string) int {
	directory := os.Getenv("FLOORWATCH_TEST_DIRECTORY")
	switch task {
	case "engine": // serve until killed or told to end
		engine, err := OpenEngine(EngineConfig{Library: libraryPath(), DataDir: directory})
		if err != nil {
			fmt.Println("error:", err)
			return 1
		}
		server, err := Serve("127.0.0.1:0", NewFront(engine, FrontConfig{Password: os.Getenv("FLOORWATCH_TEST_PASSWORD")}))
		if err != nil {
			fmt.Println("error:", err)
			return 1
		}
		fmt.Println(server.Address())
		_, _ = bufio.NewReader(os.Stdin).ReadString('\n')
		if err := engine.Close(); err != nil {
			fmt.Println("error:", err)
			return 1
		}
		return 0
	case "broker":
		broker, err := OpenBroker(BrokerConfig{Listen: "127.0.0.1:0", DataDir: directory, Partitions: 3, Topics: []string{"events"}})
		if err != nil {
			fmt.Println("error:", err)
			return 1
		}
		fmt.Println(broker.Addresses()[0])
		_, _ = bufio.NewReader(os.Stdin).ReadString('\n')
		return 0
	}
	return 2
}

// childProcess is a started child.
type childProcess struct {
	*exec.Cmd
	line  string // the first line that it prints: its address, or "error: …"
	input io.Closer
}

func startChild(t *testing.T, task, directory string, environment ...string) *childProcess {
	t.Helper()
	command := exec.Command(os.Args[0])
	command.Env = append(append(os.Environ(), "FLOORWATCH_TEST_CHILD="+task, "FLOORWATCH_TEST_DIRECTORY="+directory), environment...)
	input, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	started := &childProcess{Cmd: command, input: input}
	t.Cleanup(started.kill)
	line, err := bufio.NewReader(output).ReadString('\n')
	if err != nil {
		t.Fatalf("child %s ended without a word: %v", task, err)
	}
	started.line = strings.TrimSpace(line)
	return started
}

// kill ends the child as the system would, with SIGKILL.
func (c *childProcess) kill() {
	_ = c.Process.Kill()
	_ = c.Wait()
}

// end asks the child to end and returns how it ended.
func (c *childProcess) end() error {
	_ = c.input.Close()
	return c.Wait()
}
