package node

import (
	"context"
	"time"

	"metanet/content/view"
	"metanet/content/view/list"
	"metanet/content/view/notice"
	"metanet/content/view/search"
	"metanet/identity"
	"metanet/node/inbox"
	"metanet/node/personal"
)

// views is what follows the feed, and what members keep to themselves beside it.
type views struct {
	followers []*view.Follower
	inbox     *inbox.Inbox
	personal  *personal.Personal
	search    *search.Search
	lists     *list.Lists
}

func (n *Node) openViews(context.Context) error {
	n.views = views{
		personal: personal.New(n.store.Space("personal"), time.Now),
		search:   search.New(n.store),
		lists:    list.New(n.store),
	}
	for _, v := range viewsOf() {
		n.views.followers = append(n.views.followers, view.Follow(n.store, v))
	}
	n.views.inbox = &inbox.Inbox{Index: n.index, Notices: notice.New(n.store), Personal: n.views.personal}
	return nil
}

// followViews runs all views until ctx ends or one fails for good.
func (n *Node) followViews(ctx context.Context) error {
	return view.Run(ctx, n.views.followers)
}

// forgetPersonal removes what somebody kept to themselves here.
func (n *Node) forgetPersonal(did identity.DID) error { return n.views.personal.Forget(did) }
