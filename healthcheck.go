package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"time"
)

// healthcheckTimeout is how long the service may take to answer.
const healthcheckTimeout = 4 * time.Second

// healthcheck asks a running service whether it is ready. Containers use it: there is no other program in the image.
func healthcheck(ctx context.Context, arguments []string, s streams) error {
	flags := newFlags("healthcheck", "[--config FILE] [--url URL]",
		"Asks a running service whether it is ready. Exit code 0: it is; 1: it is not, or does not answer.")
	configPath := flags.String("config", "", "configuration `file` (YAML) of the service")
	address := flags.String("url", "", "`address` to ask (default: /healthz/ready at http.listen)")
	if err := flags.parse(arguments, s, 0); err != nil {
		return err
	}
	if *address == "" {
		cfg, err := loadConfig(*configPath, os.Environ())
		if err != nil {
			return err
		}
		*address = readyURL(cfg.HTTP.Listen)
	}
	if parsed, err := url.Parse(*address); err != nil || parsed.Scheme != "http" && parsed.Scheme != "https" || parsed.Host == "" {
		return flags.refuse(s, "--url is %q, must be an address such as http://127.0.0.1:8080/healthz/ready", *address)
	}
	return askHealth(ctx, *address, s.out)
}

// askHealth prints what the service says if it is ready.
func askHealth(ctx context.Context, address string, out io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, healthcheckTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return fmt.Errorf("check health: %w", err)
	}
	response, err := http.DefaultTransport.RoundTrip(request) // a redirect is no answer of the service
	if err != nil {
		return fmt.Errorf("check health at %s: %w; is the service running, and is this its address?", address, err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, 1<<10))
	if err != nil {
		return fmt.Errorf("check health at %s: %w", address, err)
	}
	text = bytes.TrimSpace(text)
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("check health at %s: %s: %s", address, response.Status, text)
	}
	fmt.Fprintf(out, "%s\n", text)
	return nil
}

// readyURL is where a service that listens on an address answers from the same machine.
func readyURL(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		host, port = listen, "80"
	}
	if ip, err := netip.ParseAddr(cmp.Or(host, "0.0.0.0")); err == nil && ip.IsUnspecified() {
		host = "127.0.0.1" // it listens on every address of this machine
	}
	return "http://" + net.JoinHostPort(host, port) + "/healthz/ready"
}
