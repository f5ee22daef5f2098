// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IIdentityRegistry} from "../IIdentityRegistry.sol";

/// @title The registry's storage, its reads, and the start of an epoch
/// @dev Slots are part of the protocol, since storage proofs name them: the order of the mappings and the layout of
/// their structs are listed in `contracts/README.md` and pinned by a test.
abstract contract IdentityState is IIdentityRegistry {
    struct Account {
        address owner; // zero: the identity itself
        uint48 changed; // block number of the last ERC-1056 event
        uint48 nonce; // what the owner signs next
        // ---- second slot
        address recovery; // zero: none
        uint32 epoch;
        uint32 homeEpoch; // 0: there was no home yet
        uint8 ownerCancels; // takeovers of this recovery address that the owner has cancelled
        bool deactivated;
    }

    struct Key {
        uint64 expiry;
        uint48 addedAt; // 0: never added
        uint48 revokedAt; // 0: not revoked
        uint32 epoch;
        uint32 homeEpoch;
        uint8 purpose;
    }

    /// @dev An epoch ends when the next one starts: its end is in the next one's slot.
    struct Epoch {
        address owner;
        uint64 since;
    }

    struct Home {
        uint128 server;
        uint64 since;
    }

    struct CutOff {
        uint128 server;
        uint64 size;
        uint64 setAt; // 0: no cut-off
    }

    struct Change {
        address target;
        uint64 readyAt;
        ChangeKind kind;
    }

    struct Takeover {
        address newOwner; // zero: none pending
        uint48 readyAt;
        uint48 nonce; // what the recovery address signs next
    }

    uint8 public constant DEVICE = 1;
    uint8 public constant HOSTED = 2;
    uint64 public constant DELAY = 3 days;
    uint8 public constant MAX_OWNER_CANCELS = 2;
    uint256 public constant MAX_ATTRIBUTE_BYTES = 4096;

    mapping(address identity => Account) internal _accounts;
    mapping(address identity => mapping(bytes32 key => Key)) internal _keys;
    mapping(address identity => mapping(uint32 epoch => Epoch)) internal _epochs;
    mapping(address identity => mapping(uint32 homeEpoch => Home)) internal _homes;
    mapping(address identity => mapping(bytes32 key => CutOff)) internal _cutOffs;
    mapping(address identity => Change) internal _changes;
    mapping(address identity => Takeover) internal _takeovers;
    mapping(address identity => mapping(uint32 epoch => mapping(bytes32 delegateType => mapping(address => uint64))))
        internal _delegates;

    // ---------------------------------------------------------------------------------------------- reading

    function identityOwner(address identity) public view returns (address) {
        Account storage a = _accounts[identity];
        if (a.deactivated) return address(0);
        address owner = a.owner;
        return owner == address(0) ? identity : owner;
    }

    function changed(address identity) external view returns (uint256) {
        return _accounts[identity].changed;
    }

    function nonce(address identity) external view returns (uint256) {
        return _accounts[identity].nonce;
    }

    function validDelegate(address identity, bytes32 delegateType, address delegate) external view returns (bool) {
        return _delegates[identity][_accounts[identity].epoch][delegateType][delegate] > block.timestamp;
    }

    function keyState(address identity, bytes32 key) external view returns (KeyState memory) {
        Key memory k = _keys[identity][key];
        return KeyState({
            addedAt: k.addedAt,
            expiry: k.expiry,
            revokedAt: k.revokedAt,
            purpose: k.purpose,
            epoch: k.epoch,
            homeEpoch: k.homeEpoch,
            end: _endOf(identity, k)
        });
    }

    function cutOff(address identity, bytes32 key) external view returns (uint256 server, uint64 size, uint64 setAt) {
        CutOff storage c = _cutOffs[identity][key];
        return (c.server, c.size, c.setAt);
    }

    function epoch(address identity) external view returns (uint32) {
        return _accounts[identity].epoch;
    }

    function epochAt(address identity, uint32 epoch_) external view returns (address owner, uint64 since) {
        if (epoch_ == 0) return (identity, 0);
        Epoch storage e = _epochs[identity][epoch_];
        return (e.owner, e.since);
    }

    function epochEndedAt(address identity, uint32 epoch_) public view returns (uint64) {
        if (epoch_ == type(uint32).max) return 0;
        return _epochs[identity][epoch_ + 1].since;
    }

    function homeOf(address identity) public view returns (uint256 server) {
        return _homes[identity][_accounts[identity].homeEpoch].server;
    }

    function homeEpoch(address identity) external view returns (uint32) {
        return _accounts[identity].homeEpoch;
    }

    function homeAt(address identity, uint32 homeEpoch_) external view returns (uint256 server, uint64 since) {
        Home storage h = _homes[identity][homeEpoch_];
        return (h.server, h.since);
    }

    function homeEpochEndedAt(address identity, uint32 homeEpoch_) public view returns (uint64) {
        if (homeEpoch_ == type(uint32).max) return 0;
        return _homes[identity][homeEpoch_ + 1].since;
    }

    function recoveryOf(address identity) external view returns (address) {
        return _accounts[identity].recovery;
    }

    function ownerCancels(address identity) external view returns (uint8) {
        return _accounts[identity].ownerCancels;
    }

    function recoveryNonce(address identity) external view returns (uint256) {
        return _takeovers[identity].nonce;
    }

    function pendingChange(address identity) external view returns (ChangeKind kind, address target, uint64 readyAt) {
        Change storage c = _changes[identity];
        return (c.kind, c.target, c.readyAt);
    }

    function pendingRecovery(address identity) external view returns (address newOwner, uint64 readyAt) {
        Takeover storage t = _takeovers[identity];
        return (t.newOwner, t.readyAt);
    }

    function isDeactivated(address identity) external view returns (bool) {
        return _accounts[identity].deactivated;
    }

    // ---------------------------------------------------------------------------------------------- within

    /// @dev The earliest of all that can end a key.
    function _endOf(address identity, Key memory k) internal view returns (uint64 end) {
        end = k.expiry;
        if (k.revokedAt != 0) end = _earlier(end, k.revokedAt);
        end = _earlierIfSet(end, epochEndedAt(identity, k.epoch));
        if (k.purpose == HOSTED) end = _earlierIfSet(end, homeEpochEndedAt(identity, k.homeEpoch));
    }

    function _earlierIfSet(uint64 a, uint64 b) private pure returns (uint64) {
        return b == 0 ? a : _earlier(a, b);
    }

    function _earlier(uint64 a, uint64 b) private pure returns (uint64) {
        return a < b ? a : b;
    }

    /// @dev Links a new ERC-1056 event into the identity's list: returns the block of the one before it.
    function _link(address identity) internal returns (uint256 previousChange) {
        Account storage a = _accounts[identity];
        previousChange = a.changed;
        a.changed = uint48(block.number);
    }

    /// @dev A new epoch ends every key and delegate, and voids what was signed but not sent by whoever was owner.
    function _startEpoch(address identity, address owner) internal {
        Account storage a = _accounts[identity];
        uint32 next = a.epoch + 1;
        a.epoch = next;
        a.nonce++;
        _epochs[identity][next] = Epoch(owner, uint64(block.timestamp));
        emit EpochStarted(identity, next, owner);
    }
}
