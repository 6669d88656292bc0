//! Which context a server uses for a client: one for all, one for each host, or one that a program chooses.

use std::sync::Arc;

use crate::context::ServerContext;
use crate::hello::Hello;
use crate::names;

/// The contexts of a server. A clone is a snapshot: sessions that began keep what they began with, so that contexts can be
/// replaced while the server runs.
#[derive(Debug, Clone)]
pub struct Acceptor {
    context: ServerContext,
    hosts: Option<Arc<Vec<(String, ServerContext)>>>,
    asks: bool,
}

impl Acceptor {
    /// One context for all clients.
    pub fn new(context: ServerContext) -> Acceptor {
        Acceptor {
            context,
            hosts: None,
            asks: false,
        }
    }

    /// The context of clients that none of the hosts' is for.
    pub fn context(&self) -> &ServerContext {
        &self.context
    }

    /// Replaces it, for the connections to come.
    pub fn set_context(&mut self, context: ServerContext) {
        self.context = context;
    }

    /// Uses a context for a host; `*.example.com` stands for all names with one more label. Replaces the one it had.
    pub fn add_host(&mut self, host: &str, context: ServerContext) {
        let hosts = Arc::make_mut(self.hosts.get_or_insert_default());
        hosts.retain(|(name, _)| !name.eq_ignore_ascii_case(host));
        hosts.push((host.to_ascii_lowercase(), context));
    }

    /// Forgets the context of a host.
    pub fn remove_host(&mut self, host: &str) {
        if let Some(hosts) = &mut self.hosts {
            Arc::make_mut(hosts).retain(|(name, _)| !name.eq_ignore_ascii_case(host));
        }
    }

    /// With `true`, every session waits with [`Session::needs_choice`](crate::Session::needs_choice) until its owner has
    /// called [`Session::choose`](crate::Session::choose).
    pub fn set_asks(&mut self, asks: bool) {
        self.asks = asks;
    }

    /// Whether the hello must be read before there can be a session.
    pub(crate) fn needs_hello(&self) -> bool {
        self.asks || self.hosts.as_ref().is_some_and(|hosts| !hosts.is_empty())
    }

    pub(crate) fn asks(&self) -> bool {
        self.asks
    }

    /// The context for a hello, by its server name: a host of exactly this name before a pattern.
    pub fn find(&self, hello: &Hello) -> &ServerContext {
        let Some((name, hosts)) = hello.server_name.as_deref().zip(self.hosts.as_ref()) else {
            return &self.context;
        };
        let exact = hosts.iter().find(|(host, _)| host == name);
        exact
            .or_else(|| hosts.iter().find(|(host, _)| names::matches(host, name)))
            .map_or(&self.context, |(_, found)| found)
    }
}
