package gateway

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/floorwatch/floorwatch/ingest/producer"
	"github.com/rs/zerolog"
)

// patience is how long these tests wait for what has to come, however busy the machine is.
const patience = 30 * time.Second

// serve serves on a free port until the test ends or stop is called, which returns what Serve does.
func (b *bench) serve() (address string, stop func() error) {
	b.t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.t.Fatal(err)
	}
	b.gateway.logger = zerolog.New(zerolog.SyncWriter(&b.logged))
	ctx, cancel := context.WithCancel(b.t.Context())
	ended := make(chan error, 1)
	go func() { ended <- b.gateway.Serve(ctx, listener) }()
	b.t.Cleanup(cancel)
	return listener.Addr().String(), func() error {
		cancel()
		select {
		case err := <-ended:
			return err
		case <-time.After(patience):
			b.t.Fatal("it does not stop")
			return nil
		}
	}
}

// dial connects and sends the beginning of a request.
func (b *bench) dial(address, text string) net.Conn {
	b.t.Helper()
	connection, err := net.Dial("tcp", address)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { _ = connection.Close() })
	if err := connection.SetDeadline(time.Now().Add(patience)); err != nil {
		b.t.Fatal(err)
	}
	if _, err := io.WriteString(connection, text); err != nil {
		b.t.Fatal(err)
	}
	return connection
}

// whole is a request as it is on the wire, for one answer.
func whole(body string, headers ...string) string {
	return "POST /v1/events HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer " + aKey + "\r\n" + strings.Join(headers, "") +
		fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body)
}

// answered reads what comes until the connection ends, and expects these words.
func (b *bench) answered(what string, connection net.Conn, words ...string) {
	b.t.Helper()
	answer, err := io.ReadAll(connection)
	if err, ok := err.(net.Error); ok && err.Timeout() {
		b.t.Fatalf("%s: still open; so far %q", what, answer)
	}
	for _, w := range words {
		if !strings.Contains(string(answer), w) {
			b.t.Errorf("%s: answered %q, want %q", what, answer, w)
		}
	}
	if len(words) == 0 && len(answer) > 0 {
		b.t.Errorf("%s: answered %q, want nothing", what, answer)
	}
}

// hasOne expects one record in the log.
func (b *bench) hasOne() {
	b.t.Helper()
	b.log.mutex.Lock()
	defer b.log.mutex.Unlock()
	if len(b.log.records) != 1 {
		b.t.Errorf("the log has %d records, want 1", len(b.log.records))
	}
}

// Whoever sends slowly, or nothing, loses the connection when its time is over, however many bytes trickle; others are answered meanwhile.
func TestSlowClients(t *testing.T) {
	b := newBench(t, func(c *Config) {
		c.Limits.HeaderTimeout, c.Limits.BodyTimeout, c.Limits.Requests = 300*time.Millisecond, 600*time.Millisecond, 8
	})
	address, stop := b.serve()
	request := whole(message("e1"))
	body := strings.Index(request, "\r\n\r\n") + 4
	silent, head, half := b.dial(address, ""), b.dial(address, request[:body-10]), b.dial(address, request[:body+10])
	trickle := b.dial(address, request[:body])
	go func() {
		for i := body; i < len(request); i++ { // would take half an hour
			if _, err := io.WriteString(trickle, request[i:i+1]); err != nil {
				return
			}
			time.Sleep(100 * time.Millisecond)
		}
	}()
	b.answered("a good one", b.dial(address, request), "200 OK", `"accepted":1`)
	b.answered("no header", silent)
	b.answered("half of a header", head, "400 Bad Request")
	b.answered("half of a body", half, "400 Bad Request", ReasonBodyNotRead)
	b.answered("a body byte by byte", trickle, "400 Bad Request", ReasonBodyNotRead)
	b.hasOne()
	if err := stop(); err != nil {
		t.Error(err)
	}
}

// However many send slowly, they keep nobody from being answered, and hold no more memory than may be; a body that would is refused.
func TestSlowClientsTakeNoRoom(t *testing.T) {
	b := newBench(t, func(c *Config) {
		c.Limits.Requests, c.Limits.Connections, c.Limits.BodyBytes, c.Limits.UnpackedBytes, c.Limits.MemoryBytes = 2, 20, 256<<10, 256<<10, 1<<20
	})
	address, _ := b.serve()
	request := whole(message("e1"))
	for range 15 {
		b.dial(address, request[:len(request)-10])
	}
	deadline := time.Now().Add(patience)
	for b.gateway.held.Load() < 15*bodyPiece && time.Now().Before(deadline) {
		time.Sleep(5 * time.Millisecond)
	}
	b.answered("a good one", b.dial(address, request), "200 OK")
	b.hasOne()
	b.gateway.held.Add(b.gateway.config.Limits.MemoryBytes - 15*bodyPiece)
	b.answered("one too many", b.dial(address, request), "503 Service Unavailable", ReasonBusy)
	b.gateway.held.Add(-bodyPiece)
	b.answered("one that fits", b.dial(address, request), "200 OK")
	b.answered("one that does not", b.dial(address, whole(strings.Repeat(" ", 200<<10))), "503 Service Unavailable", ReasonBusy)
}

// One connection more than there may be waits until another ends.
func TestConnectionLimit(t *testing.T) {
	b := newBench(t, func(c *Config) { c.Limits.Connections = 2 })
	address, _ := b.serve()
	first, second := b.dial(address, "POST"), b.dial(address, "POST")
	third := b.dial(address, whole(message("e1")))
	if err := third.SetReadDeadline(time.Now().Add(200 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if n, err := third.Read(make([]byte, 1)); err == nil {
		t.Errorf("the third is answered: %d bytes", n)
	}
	_ = first.Close()
	if err := third.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	b.answered("the third", third, "200 OK")
	_ = second.Close()
}

// Headers have a size.
func TestLargeHeaders(t *testing.T) {
	b := newBench(t, func(c *Config) { c.Limits.HeaderBytes = 4 << 10 })
	address, _ := b.serve()
	b.answered("small headers", b.dial(address, whole(message("e1"), "X-A: "+strings.Repeat("a", 2<<10)+"\r\n")), "200 OK")
	b.answered("one large header", b.dial(address, whole(message("e2"), "X-A: "+strings.Repeat("a", 20<<10)+"\r\n")), "431 Request Header Fields Too Large")
	b.answered("many headers", b.dial(address, whole(message("e3"), strings.Repeat("X-A: a\r\n", 3<<10))), "431 Request Header Fields Too Large")
	b.hasOne()
}

// held is a log that takes its time.
type held struct {
	*log
	entered, release chan struct{}
}

func (h held) Deliver(ctx context.Context, records []producer.Record) error {
	h.entered <- struct{}{}
	<-h.release
	return h.log.Deliver(ctx, records)
}

// A stop lets requests in work be answered, takes no new ones, and does not wait for whoever does not send.
func TestStop(t *testing.T) {
	b := newBench(t, func(c *Config) { c.WaitTimeout = 5 * time.Second })
	h := held{b.log, make(chan struct{}), make(chan struct{})}
	b.gateway.log = h
	address, stop := b.serve()
	working := b.dial(address, whole(message("e1")))
	<-h.entered
	stopped := make(chan error, 1)
	go func() { stopped <- stop() }()
	for deadline := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		connection, err := net.Dial("tcp", address)
		if err != nil {
			break
		}
		_ = connection.Close()
		if time.Now().After(deadline) {
			t.Fatal("connections are still taken")
		}
	}
	select {
	case err := <-stopped:
		t.Fatalf("stopped with a request in work: %v", err)
	default:
	}
	close(h.release)
	b.answered("a request in work", working, "200 OK", `"accepted":1`)
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}

// Who sends slowly while the gateway stops is cut off; that is no failure of the gateway.
func TestStopWithSlowClients(t *testing.T) {
	b := newBench(t, func(c *Config) { c.WaitTimeout = 100 * time.Millisecond })
	address, stop := b.serve()
	request := whole(message("e1"))
	half, silent := b.dial(address, request[:len(request)-10]), b.dial(address, "")
	b.answered("a good one", b.dial(address, request), "200 OK") // by now the others are there, too
	if err := stop(); err != nil {
		t.Error(err)
	}
	b.answered("nothing sent", silent)
	b.answered("half of a body", half)
	b.hasOne()
}

// certificate makes one for this machine and gives the files, and whom to trust.
func (b *bench) certificate() (certFile, keyFile string, trusted *x509.CertPool) {
	b.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		b.t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "floorwatch"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		b.t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		b.t.Fatal(err)
	}
	dir := b.t.TempDir()
	write := func(name, kind string, content []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: content}), 0o600); err != nil {
			b.t.Fatal(err)
		}
		return path
	}
	certFile, keyFile = write("cert.pem", "CERTIFICATE", der), write("key.pem", "PRIVATE KEY", private)
	trusted = x509.NewCertPool()
	trusted.AppendCertsFromPEM(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	return certFile, keyFile, trusted
}

// With a certificate the gateway speaks TLS 1.2 and later, and nothing else.
func TestTLS(t *testing.T) {
	var trusted *x509.CertPool
	b := newBench(t, func(c *Config) {
		c.CertFile, c.KeyFile, trusted = (&bench{t: t}).certificate()
		c.Limits.HeaderTimeout = 500 * time.Millisecond
	})
	address, stop := b.serve()
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trusted}}, Timeout: patience}
	request, err := http.NewRequest(http.MethodPost, "https://"+address+"/v1/events", strings.NewReader(message("e1")))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+aKey)
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Error(response.Status)
	}
	client.CloseIdleConnections()
	if _, err := tls.Dial("tcp", address, &tls.Config{RootCAs: trusted, MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10}); err == nil {
		t.Error("it speaks TLS 1.1")
	}
	b.answered("without TLS", b.dial(address, whole(message("e2"))), "400 Bad Request")
	b.answered("nothing sent", b.dial(address, ""))
	b.hasOne()
	if err := stop(); err != nil {
		t.Error(err)
	}
	b.config.CertFile = b.config.KeyFile
	if _, err := New(b.config, Parts{Clock: b.clock}); err == nil {
		t.Error("a key is taken for a certificate")
	}
}
