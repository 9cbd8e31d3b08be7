package main

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"os"
	"sync"
	"time"

	"crypto/tls"

	vapi "github.com/vmware/govmomi/vapi/simulator"
)

// Address is printed once the simulator answers.
type Address struct {
	URL               string `json:"url"`
	CertificateSHA256 string `json:"certificate_sha256"`
}

// Received is one line about one HTTP request; Operation is the SOAP method.
type Received struct {
	Method       string `json:"method"`
	Path         string `json:"path"`
	Operation    string `json:"operation"`
	HoldsASecret bool   `json:"holds_a_secret"` // the password is in it
	VsanMode     string `json:"vsan_mode"`      // of a host that is to enter maintenance mode
}

// serve answers the API alone, over TLS, with a certificate that is new each time.
func serve(world *World, document *Document) (*Address, error) {
	certificate, fingerprint, err := selfSigned()
	if err != nil {
		return nil, err
	}
	service, registry := world.model.Service, world.registry()
	// The simulator reads from here who may log in.
	service.Listen = &url.URL{Host: document.Listen, User: url.UserPassword(document.User, document.Password)}
	service.RegisterSDK(registry)
	service.ServeMux.HandleFunc(registry.Path+"/vimServiceVersions.xml", service.ServiceVersions)
	// Tags are told over REST alone.
	paths, rest := vapi.New(service.Listen, registry)
	for _, path := range paths {
		service.ServeMux.Handle(path, rest)
	}
	service.ServeMux.HandleFunc(adoptPath, world.adopt)
	handler := http.Handler(service.ServeMux)
	if document.Received != "" {
		file, err := os.OpenFile(document.Received, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			return nil, err
		}
		handler = &recorder{next: handler, file: file, secret: escaped(document.Password)}
	}
	listener, err := net.Listen("tcp", document.Listen)
	if err != nil {
		return nil, err
	}
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: time.Minute,
		TLSConfig:         &tls.Config{Certificates: []tls.Certificate{*certificate}, MinVersion: tls.VersionTLS12},
		ErrorLog:          log.New(io.Discard, "", 0), // clients that hang up are what tests are about
	}
	go func() { log.Fatal(server.ServeTLS(listener, "", "")) }()
	return &Address{URL: "https://" + listener.Addr().String() + registry.Path, CertificateSHA256: fingerprint}, nil
}

type recorder struct {
	next   http.Handler
	secret []byte
	mutex  sync.Mutex
	file   *os.File
}

func (r *recorder) ServeHTTP(writer http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return // the client has gone
	}
	request.Body = io.NopCloser(bytes.NewReader(body))
	line, _ := json.Marshal(Received{
		Method: request.Method, Path: request.URL.Path, Operation: operationIn(body),
		HoldsASecret: bytes.Contains(body, r.secret), VsanMode: vsanModeIn(body),
	})
	r.mutex.Lock()
	_, err = r.file.Write(append(line, '\n'))
	r.mutex.Unlock()
	if err != nil {
		log.Print(err)
	}
	r.next.ServeHTTP(writer, request)
}

// operationIn returns the name of the first element in a SOAP body.
func operationIn(envelope []byte) string {
	decoder := xml.NewDecoder(bytes.NewReader(envelope))
	for isInBody := false; ; {
		token, err := decoder.Token()
		if err != nil {
			return ""
		}
		if element, is := token.(xml.StartElement); is {
			if isInBody {
				return element.Name.Local
			}
			isInBody = element.Name.Local == "Body"
		}
	}
}

// escaped returns a text as it stands in XML.
func escaped(text string) []byte {
	var buffer bytes.Buffer
	_ = xml.EscapeText(&buffer, []byte(text))
	return buffer.Bytes()
}
