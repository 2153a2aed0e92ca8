package web

import (
	"encoding/base64"
	"net/http"
)

const (
	// cookie is the name of the cookie that a browser has its token in.
	cookie = "jackdaw"
	// cookieAge is how long, in seconds, a browser keeps it.
	cookieAge = 30 * 24 * 3600
)

// may reports whether a request brings what it needs to see records: an Authorization header, or the cookie that login
// gave. A browser sends that with no request that a page from elsewhere caused.
func (h *Handler) may(req *http.Request) bool {
	if h.o.Permit == nil || h.o.Permit(req.Header.Get("Authorization")) {
		return true
	}
	c, err := req.Cookie(cookie)
	if err != nil {
		return false
	}
	token, err := base64.RawURLEncoding.DecodeString(c.Value)
	return err == nil && h.o.Permit("Bearer "+string(token))
}

// login gives a browser a cookie for the token in the address, and leads it to the page, so that the token stands in
// the address no longer.
func (h *Handler) login(w http.ResponseWriter, req *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	token := req.URL.Query().Get("token")
	if h.o.Permit != nil {
		if !h.o.Permit("Bearer " + token) {
			http.Error(w, "this token is not known here; use the link that the server's operator gave you: /login?token=TOKEN", http.StatusUnauthorized)
			return
		}
		http.SetCookie(w, &http.Cookie{
			Name: cookie, Value: base64.RawURLEncoding.EncodeToString([]byte(token)), Path: "/", MaxAge: cookieAge,
			HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: req.TLS != nil,
		})
	}
	http.Redirect(w, req, "/", http.StatusSeeOther)
}
