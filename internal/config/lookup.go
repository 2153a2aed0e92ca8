package config

import (
	"os"
	"regexp"
	"strconv"
	"strings"
)

// A value that is a text may stand for another one:
//
//	env://NAME        the value of an environment variable, which must be set
//	env://NAME:value  the same, or what is behind the colon where it is not
//	cfg://a.b[0].c    the value at that place of the configuration, as in Python
//	ext://…           only where a key takes it: sys.stdout, sys.stderr
const (
	envPrefix = "env://"
	cfgPrefix = "cfg://"
	extPrefix = "ext://"
)

// maxLooks bounds how many further cfg:// one cfg:// leads to.
const maxLooks = 32

var (
	envName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	// Those of logging.config's BaseConfigurator.
	cfgWord  = regexp.MustCompile(`^\s*(\w+)\s*`)
	cfgDot   = regexp.MustCompile(`^\.\s*(\w+)\s*`)
	cfgIndex = regexp.MustCompile(`^\[([^\[\]]*)\]\s*`)
)

// look returns what a text stands for, nil after an error.
func (c *checker) look(n *Node) *Node {
	switch {
	case n.Kind != TextKind || n.env != "":
		return n
	case strings.HasPrefix(n.Text, envPrefix):
		return c.lookEnv(n)
	case !strings.HasPrefix(n.Text, cfgPrefix):
		return n
	}
	if c.looks++; c.looks > maxLooks {
		c.fail(n.Place, "", "got %s, which leads to another cfg:// more than %d times, or in a circle", quote(n.Text), maxLooks)
		return nil
	}
	defer func() { c.looks-- }()
	if n = c.lookConfig(n); n != nil {
		n = c.look(n)
	}
	return n
}

func (c *checker) lookEnv(n *Node) *Node {
	name, standard, has := strings.Cut(n.Text[len(envPrefix):], ":")
	if !envName.MatchString(name) {
		c.fail(n.Place, "", "got %s, want env://NAME, or env://NAME:value for where it is not set", quote(n.Text))
		return nil
	}
	env := c.o.Env
	if env == nil {
		env = os.LookupEnv
	}
	value, ok := env(name)
	if !ok && !has {
		c.fail(n.Place, "", "%s is not set in the environment; set it, or write what holds without it: env://%s:value", name, name)
		return nil
	}
	if !ok {
		value = standard
	}
	return &Node{Kind: TextKind, Place: n.Place, Text: value, env: name}
}

func (c *checker) lookConfig(n *Node) *Node {
	rest := n.Text[len(cfgPrefix):]
	m := cfgWord.FindStringSubmatch(rest)
	if m == nil {
		c.fail(n.Place, "", "got %s, want cfg:// and a path, such as cfg://handlers.console.level", quote(n.Text))
		return nil
	}
	c.referred[m[1]] = true
	at := c.step(n, c.root, m[1], false)
	for rest = rest[len(m[0]):]; at != nil && rest != ""; rest = rest[len(m[0]):] {
		dot := cfgDot.FindStringSubmatch(rest)
		if m = dot; m == nil {
			m = cfgIndex.FindStringSubmatch(rest)
		}
		if m == nil {
			c.fail(n.Place, "", "got %s, want .key or [index] at %s", quote(n.Text), quote(rest))
			return nil
		}
		if at = c.look(at); at != nil {
			at = c.step(n, at, m[1], dot == nil)
		}
	}
	return at
}

// step goes to a member of a mapping, or by an index also of a list; nil with an error if there is none.
func (c *checker) step(n, at *Node, name string, index bool) *Node {
	name = strings.TrimSpace(name)
	if at.Kind == ListKind && index {
		if i, err := strconv.Atoi(name); err == nil && i >= 0 && i < len(at.Items) {
			return at.Items[i]
		}
		c.fail(n.Place, "", "got %s, but %s is no place in the list of %d in line %d", quote(n.Text), quote(name), len(at.Items), at.Line)
		return nil
	}
	if next := at.Get(name); next != nil {
		return next
	}
	var known []string
	for _, m := range at.Members {
		known = append(known, m.Key)
	}
	c.fail(n.Place, near(name, known...), "got %s, but there is no %s", quote(n.Text), quote(name))
	return nil
}
