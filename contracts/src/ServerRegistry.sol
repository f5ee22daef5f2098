// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IServerRegistry} from "./IServerRegistry.sol";

/// @title ServerRegistry
/// @notice See `IServerRegistry`.
contract ServerRegistry is IServerRegistry {
    struct Record {
        address owner;
        uint8 roles;
        uint32 term; // counts owners; agents belong to a term
        uint48 registeredAt;
        // ---- further slots
        bytes32 domainHash;
        address pendingOwner;
        string domain;
        bytes peerId;
        string[] addrs;
    }

    uint8 public constant PUBLISHER = 1;
    uint8 public constant MODERATOR = 2;
    uint256 public constant MAX_DOMAIN = 253;
    uint256 public constant MAX_PEER_ID = 64;
    uint256 public constant MAX_ADDRS = 8;
    uint256 public constant MAX_ADDR = 256;

    uint256 public count;
    mapping(uint256 id => Record) private _servers;
    mapping(uint256 id => mapping(uint32 term => mapping(address account => uint8))) private _agents;

    modifier onlyOwner(uint256 id) {
        if (msg.sender != _servers[id].owner) revert NotServerOwner(id, msg.sender);
        _;
    }

    // ---------------------------------------------------------------------------------------------- reading

    function server(uint256 id) external view returns (Server memory) {
        Record storage r = _servers[id];
        return Server({
            owner: r.owner,
            pendingOwner: r.pendingOwner,
            roles: r.roles,
            registeredAt: r.registeredAt,
            domainHash: r.domainHash,
            domain: r.domain,
            peerId: r.peerId,
            addrs: r.addrs
        });
    }

    function ownerOf(uint256 id) external view returns (address) {
        return _servers[id].owner;
    }

    function agentRoles(uint256 id, address account) public view returns (uint8) {
        return _agents[id][_servers[id].term][account];
    }

    function mayAct(uint256 id, address account, uint8 role) external view returns (bool) {
        address owner = _servers[id].owner;
        if (owner == address(0) || role == 0) return false;
        return account == owner || agentRoles(id, account) & role == role;
    }

    // ---------------------------------------------------------------------------------------------- writing

    function register(string calldata domain, bytes calldata peerId, string[] calldata addrs, uint8 roles)
        external
        returns (uint256 id)
    {
        _checkRoles(roles);
        id = ++count;
        Record storage r = _servers[id];
        (r.owner, r.roles, r.registeredAt) = (msg.sender, roles, uint48(block.timestamp));
        _setDomain(r, domain);
        _setPeer(r, peerId, addrs);
        emit ServerRegistered(id, msg.sender, r.domainHash, domain, peerId, addrs, roles);
    }

    function updateDomain(uint256 id, string calldata domain) external onlyOwner(id) {
        _setDomain(_servers[id], domain);
        emit DomainChanged(id, _servers[id].domainHash, domain);
    }

    function updatePeer(uint256 id, bytes calldata peerId, string[] calldata addrs) external onlyOwner(id) {
        _setPeer(_servers[id], peerId, addrs);
        emit PeerChanged(id, peerId, addrs);
    }

    function updateRoles(uint256 id, uint8 roles) external onlyOwner(id) {
        _checkRoles(roles);
        _servers[id].roles = roles;
        emit RolesChanged(id, roles);
    }

    function setAgent(uint256 id, address account, uint8 roles) external onlyOwner(id) {
        _checkRoles(roles);
        _agents[id][_servers[id].term][account] = roles;
        emit AgentChanged(id, account, roles);
    }

    function transferOwnership(uint256 id, address newOwner) external onlyOwner(id) {
        _servers[id].pendingOwner = newOwner;
        emit OwnershipOffered(id, msg.sender, newOwner);
    }

    function acceptOwnership(uint256 id) external {
        Record storage r = _servers[id];
        if (msg.sender != r.pendingOwner) revert NotPendingOwner(id, msg.sender);
        address previous = r.owner;
        delete r.pendingOwner;
        r.owner = msg.sender;
        r.term++;
        emit OwnershipTransferred(id, previous, msg.sender);
    }

    // ---------------------------------------------------------------------------------------------- within

    function _setDomain(Record storage r, string calldata domain) private {
        uint256 length = bytes(domain).length;
        if (length == 0 || length > MAX_DOMAIN) revert InvalidDomain(length);
        r.domain = domain;
        r.domainHash = keccak256(bytes(domain));
    }

    function _setPeer(Record storage r, bytes calldata peerId, string[] calldata addrs) private {
        if (peerId.length == 0 || peerId.length > MAX_PEER_ID) revert InvalidPeerId(peerId.length);
        if (addrs.length > MAX_ADDRS) revert TooManyAddrs(addrs.length);
        for (uint256 i = 0; i < addrs.length; i++) {
            uint256 length = bytes(addrs[i]).length;
            if (length == 0 || length > MAX_ADDR) revert InvalidAddr(i, length);
        }
        r.peerId = peerId;
        delete r.addrs;
        for (uint256 i = 0; i < addrs.length; i++) {
            r.addrs.push(addrs[i]);
        }
    }

    function _checkRoles(uint8 roles) private pure {
        if (roles & ~(PUBLISHER | MODERATOR) != 0) revert InvalidRoles(roles);
    }
}
