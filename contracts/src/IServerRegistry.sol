// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Which servers there are, whose they are, and where they can be reached
/// @notice A server is a number, an owner, a domain, a libp2p peer id with addresses, and declared roles.
/// Its owner can let other accounts (the running node's own, say) act for it in single roles.
/// @dev Nothing here proves that the domain is the server's: a node believes it only if the domain's
/// `/.well-known/metanet` names this server's number in turn.
interface IServerRegistry {
    /// @notice All that is known of a server.
    /// @param owner Who decides for it; zero if there is no such server.
    /// @param pendingOwner To whom it was offered and not yet accepted; zero if to nobody.
    /// @param roles What it declares to do: `PUBLISHER`, `MODERATOR`, both or (retired) none.
    /// @param registeredAt Block time of its registration.
    struct Server {
        address owner;
        address pendingOwner;
        uint8 roles;
        uint64 registeredAt;
        bytes32 domainHash;
        string domain;
        bytes peerId;
        string[] addrs;
    }

    /// @notice A server was registered.
    /// @dev A node adds it to its list of peers to try. `domainHash` is keccak256 of the domain.
    event ServerRegistered(
        uint256 indexed id,
        address indexed owner,
        bytes32 indexed domainHash,
        string domain,
        bytes peerId,
        string[] addrs,
        uint8 roles
    );

    /// @notice The server's domain changed.
    /// @dev A node drops what the old domain proved, and checks the new one both ways.
    event DomainChanged(uint256 indexed id, bytes32 indexed domainHash, string domain);

    /// @notice The server's peer id or addresses changed.
    /// @dev A node connects to these from now on; connections under the old peer id are no longer this server's.
    event PeerChanged(uint256 indexed id, bytes peerId, string[] addrs);

    /// @notice The server's declared roles changed.
    /// @dev A node asks servers without `MODERATOR` for no labels, and takes servers without roles as retired.
    event RolesChanged(uint256 indexed id, uint8 roles);

    /// @notice An account may act for the server in these roles; 0: no more.
    /// @dev A node accepts moderation decisions signed by accounts with `MODERATOR`, from this block on.
    event AgentChanged(uint256 indexed id, address indexed account, uint8 roles);

    /// @notice The owner offered the server; zero withdraws the offer.
    /// @dev A node does nothing before `OwnershipTransferred`.
    event OwnershipOffered(uint256 indexed id, address indexed owner, address indexed pendingOwner);

    /// @notice The server has a new owner, and no agents any more.
    /// @dev A node forgets all agents and shows the new owner; a server's history goes on.
    event OwnershipTransferred(uint256 indexed id, address indexed previousOwner, address indexed owner);

    /// @notice The caller is not the server's owner (or there is no such server).
    error NotServerOwner(uint256 id, address caller);
    /// @notice The server was not offered to the caller.
    error NotPendingOwner(uint256 id, address caller);
    /// @notice A domain has 1 to `MAX_DOMAIN` bytes.
    error InvalidDomain(uint256 length);
    /// @notice A peer id has 1 to `MAX_PEER_ID` bytes.
    error InvalidPeerId(uint256 length);
    /// @notice At most `MAX_ADDRS` addresses.
    error TooManyAddrs(uint256 count);
    /// @notice Each address has 1 to `MAX_ADDR` bytes.
    error InvalidAddr(uint256 index, uint256 length);
    /// @notice Only the bits `PUBLISHER` and `MODERATOR` are roles.
    error InvalidRoles(uint8 roles);

    /// @notice Role: originates records; an agent with it publishes policies and anchors log heads.
    function PUBLISHER() external view returns (uint8);

    /// @notice Role: issues moderation decisions.
    function MODERATOR() external view returns (uint8);

    /// @notice The longest domain (RFC 1035).
    function MAX_DOMAIN() external view returns (uint256);

    /// @notice The longest peer id, in bytes.
    function MAX_PEER_ID() external view returns (uint256);

    /// @notice How many addresses at most.
    function MAX_ADDRS() external view returns (uint256);

    /// @notice The longest address (a multiaddr's text), in bytes.
    function MAX_ADDR() external view returns (uint256);

    /// @notice How many servers were registered; their numbers are 1 to this.
    function count() external view returns (uint256);

    /// @notice All that is known of a server.
    function server(uint256 id) external view returns (Server memory);

    /// @notice The server's owner; zero if there is no such server.
    function ownerOf(uint256 id) external view returns (address);

    /// @notice The roles that an account other than the owner has been given.
    function agentRoles(uint256 id, address account) external view returns (uint8);

    /// @notice Whether the account may act for the server in this role: the owner always, agents if given it.
    function mayAct(uint256 id, address account, uint8 role) external view returns (bool);

    /// @notice Registers a server of the caller's. Emits `ServerRegistered`.
    function register(string calldata domain, bytes calldata peerId, string[] calldata addrs, uint8 roles)
        external
        returns (uint256 id);

    /// @notice Changes the domain. Only the owner. Emits `DomainChanged`.
    function updateDomain(uint256 id, string calldata domain) external;

    /// @notice Changes peer id and addresses. Only the owner. Emits `PeerChanged`.
    function updatePeer(uint256 id, bytes calldata peerId, string[] calldata addrs) external;

    /// @notice Changes the declared roles; 0 retires the server. Only the owner. Emits `RolesChanged`.
    function updateRoles(uint256 id, uint8 roles) external;

    /// @notice Lets an account act for the server in these roles; 0 takes them back. Only the owner.
    /// Emits `AgentChanged`.
    function setAgent(uint256 id, address account, uint8 roles) external;

    /// @notice Offers the server to `newOwner`, zero to withdraw. Only the owner. Emits `OwnershipOffered`.
    function transferOwnership(uint256 id, address newOwner) external;

    /// @notice Takes a server that was offered to the caller. Emits `OwnershipTransferred`.
    function acceptOwnership(uint256 id) external;
}
