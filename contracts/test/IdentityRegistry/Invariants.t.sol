// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";

import {IIdentityRegistry} from "../../src/IIdentityRegistry.sol";
import {IdentityRegistry} from "../../src/IdentityRegistry.sol";

/// @dev Random lives of three identities: owners, recovery addresses and a stranger call anything at any time, by
/// transaction or signature. Beside the registry runs a model that knows only what the README promises.
contract IdentityHandler is Test {
    struct Model {
        address owner;
        address recovery;
        bool dead;
        uint256 nonce;
        uint256 recoveryNonce;
        uint256 ownerEnds; // latest time at which an epoch started
        uint256 homeEnds;
        uint256 home;
        address takeover;
        uint256 takeoverAt;
        uint256 cancels;
        IIdentityRegistry.ChangeKind change;
        address changeTo;
        uint256 changeAt;
    }

    struct KeyModel {
        uint256 addedAt;
        uint256 expiry;
        uint256 revokedAt;
        bool hosted;
        uint256 ended; // when it was first seen to have ended
    }

    IdentityRegistry public immutable registry;
    address[3] public identities;
    mapping(address account => uint256) private _secret;
    address[] private _people;
    mapping(address identity => Model) private _model;
    mapping(address identity => mapping(bytes32 key => KeyModel)) private _keys;
    bytes32[4] public keyring = [bytes32("a"), "b", "c", "d"];

    uint256 public succeeded;
    uint256 public takeovers;

    constructor(IdentityRegistry registry_) {
        registry = registry_;
        string[6] memory names = ["alice", "bob", "carol", "dave", "erin", "mallory"];
        for (uint256 i = 0; i < names.length; i++) {
            (address a, uint256 k) = makeAddrAndKey(names[i]);
            _secret[a] = k;
            _people.push(a);
            if (i < 3) identities[i] = a;
        }
        for (uint256 i = 0; i < 3; i++) {
            _model[identities[i]].owner = identities[i];
        }
    }

    function model(address identity) external view returns (Model memory) {
        return _model[identity];
    }

    function keyModel(address identity, bytes32 key) external view returns (KeyModel memory) {
        return _keys[identity][key];
    }

    // ------------------------------------------------------------------------------------------ moves

    function wait(uint32 time) external {
        vm.warp(block.timestamp + bound(time, 1, 4 days));
        vm.roll(block.number + 1);
        noteEnds();
    }

    function addKey(uint256 who, uint256 what, uint256 which, bool asHosted, uint32 validity) external {
        (address actor, address identity, bytes32 key) = pick(who, what, which);
        uint64 expiry = uint64(block.timestamp + bound(validity, 0, 30 days));
        uint8 purpose = asHosted ? 2 : 1;
        Model storage m = _model[identity];
        KeyModel storage k = _keys[identity][key];
        bool want = actor == m.owner && !m.dead && k.addedAt == 0 && expiry > block.timestamp
            && (!asHosted || m.home != 0);
        vm.prank(actor);
        try registry.addKey(identity, key, purpose, expiry) {
            assertTrue(want, "addKey");
            _keys[identity][key] = KeyModel(block.timestamp, expiry, 0, asHosted, 0);
            done();
        } catch {
            assertFalse(want, "addKey refused");
        }
    }

    /// @dev The same by signature, of anybody, with any of the last few nonces.
    function addKeyWithSig(uint256 who, uint256 what, uint256 which, uint256 back, uint32 validity) external {
        (address actor, address identity, bytes32 key) = pick(who, what, which);
        Model storage m = _model[identity];
        uint64 expiry = uint64(block.timestamp + bound(validity, 0, 30 days));
        uint256 nonce = m.nonce - (m.nonce == 0 ? 0 : back % 2);
        bool want = actor == m.owner && !m.dead && nonce == m.nonce && _keys[identity][key].addedAt == 0
            && expiry > block.timestamp;
        bytes memory signature = signAddKey(actor, identity, key, expiry, nonce);
        try registry.addKeyWithSig(identity, key, 1, expiry, nonce, block.timestamp, signature) {
            assertTrue(want, "addKeyWithSig");
            _keys[identity][key] = KeyModel(block.timestamp, expiry, 0, false, 0);
            m.nonce++;
            done();
        } catch {
            assertFalse(want, "addKeyWithSig refused");
        }
    }

    function renewKey(uint256 who, uint256 what, uint256 which, uint32 validity) external {
        (address actor, address identity, bytes32 key) = pick(who, what, which);
        uint64 expiry = uint64(block.timestamp + bound(validity, 0, 60 days));
        KeyModel storage k = _keys[identity][key];
        bool want = actor == _model[identity].owner && lives(identity, key) && expiry > k.expiry;
        vm.prank(actor);
        try registry.renewKey(identity, key, expiry) {
            assertTrue(want, "renewKey");
            k.expiry = expiry;
            done();
        } catch {
            assertFalse(want, "renewKey refused");
        }
    }

    function revokeKey(uint256 who, uint256 what, uint256 which) external {
        (address actor, address identity, bytes32 key) = pick(who, what, which);
        KeyModel storage k = _keys[identity][key];
        bool want = actor == _model[identity].owner && k.addedAt != 0 && k.revokedAt == 0;
        vm.prank(actor);
        try registry.revokeKey(identity, key) {
            assertTrue(want, "revokeKey");
            k.revokedAt = block.timestamp;
            done();
        } catch {
            assertFalse(want, "revokeKey refused");
        }
    }

    function revokeAllKeys(uint256 who, uint256 what) external {
        (address actor, address identity,) = pick(who, what, 0);
        bool want = actor == _model[identity].owner;
        vm.prank(actor);
        try registry.revokeAllKeys(identity) {
            assertTrue(want, "revokeAllKeys");
            newEpoch(identity);
            done();
        } catch {
            assertFalse(want, "revokeAllKeys refused");
        }
    }

    function setHome(uint256 who, uint256 what, uint8 server) external {
        (address actor, address identity,) = pick(who, what, 0);
        Model storage m = _model[identity];
        server %= 3;
        bool want = actor == m.owner && server != m.home;
        vm.prank(actor);
        try registry.setHome(identity, server) {
            assertTrue(want, "setHome");
            m.home = server;
            m.homeEnds = block.timestamp;
            done();
        } catch {
            assertFalse(want, "setHome refused");
        }
    }

    function changeOwner(uint256 who, uint256 what, uint256 to) external {
        (address actor, address identity,) = pick(who, what, 0);
        Model storage m = _model[identity];
        address target = _people[to % _people.length];
        bool want = actor == m.owner && target != m.owner;
        vm.prank(actor);
        try registry.changeOwner(identity, target) {
            assertTrue(want, "changeOwner");
            if (m.recovery == address(0)) give(identity, target);
            else startChange(m, IIdentityRegistry.ChangeKind.Owner, target);
            done();
        } catch {
            assertFalse(want, "changeOwner refused");
        }
    }

    function setRecovery(uint256 who, uint256 what, uint256 to) external {
        (address actor, address identity,) = pick(who, what, 0);
        Model storage m = _model[identity];
        address target = to % 7 == 6 ? address(0) : _people[to % 7];
        bool want = actor == m.owner && target != m.owner && target != m.recovery;
        vm.prank(actor);
        try registry.setRecovery(identity, target) {
            assertTrue(want, "setRecovery");
            if (m.recovery == address(0)) m.recovery = target;
            else startChange(m, IIdentityRegistry.ChangeKind.Recovery, target);
            done();
        } catch {
            assertFalse(want, "setRecovery refused");
        }
    }

    /// @dev Rarely, or soon nobody lives.
    function deactivate(uint256 who, uint256 what, uint256 dice) external {
        if (dice % 16 != 0) return;
        (address actor, address identity,) = pick(who, what, 0);
        Model storage m = _model[identity];
        bool want = actor == m.owner;
        vm.prank(actor);
        try registry.deactivate(identity) {
            assertTrue(want, "deactivate");
            if (m.recovery == address(0)) die(identity);
            else startChange(m, IIdentityRegistry.ChangeKind.Deactivation, address(0));
            done();
        } catch {
            assertFalse(want, "deactivate refused");
        }
    }

    function finishChange(uint256 who, uint256 what) external {
        (address actor, address identity,) = pick(who, what, 0);
        Model storage m = _model[identity];
        bool want = m.change != IIdentityRegistry.ChangeKind.None && block.timestamp >= m.changeAt;
        vm.prank(actor);
        try registry.finishChange(identity) {
            assertTrue(want, "finishChange");
            IIdentityRegistry.ChangeKind kind = m.change;
            m.change = IIdentityRegistry.ChangeKind.None;
            if (kind == IIdentityRegistry.ChangeKind.Owner) give(identity, m.changeTo);
            else if (kind == IIdentityRegistry.ChangeKind.Recovery) replaceRecovery(m, m.changeTo);
            else die(identity);
            done();
        } catch {
            assertFalse(want, "finishChange refused");
        }
    }

    function cancelChange(uint256 who, uint256 what) external {
        (address actor, address identity,) = pick(who, what, 0);
        Model storage m = _model[identity];
        bool want = m.change != IIdentityRegistry.ChangeKind.None && (actor == m.owner || actor == m.recovery);
        vm.prank(actor);
        try registry.cancelChange(identity) {
            assertTrue(want, "cancelChange");
            m.change = IIdentityRegistry.ChangeKind.None;
            done();
        } catch {
            assertFalse(want, "cancelChange refused");
        }
    }

    function startRecovery(uint256 who, uint256 what, uint256 to) external {
        (address actor, address identity,) = pick(who, what, 0);
        Model storage m = _model[identity];
        address target = _people[to % _people.length];
        bool want = actor == m.recovery && m.takeover == address(0) && target != m.owner;
        vm.prank(actor);
        try registry.startRecovery(identity, target) {
            assertTrue(want, "startRecovery");
            (m.takeover, m.takeoverAt) = (target, block.timestamp + 3 days);
            done();
        } catch {
            assertFalse(want, "startRecovery refused");
        }
    }

    function cancelRecovery(uint256 who, uint256 what) external {
        (address actor, address identity,) = pick(who, what, 0);
        Model storage m = _model[identity];
        bool byOwner = actor == m.owner && m.cancels < 2;
        bool want = m.takeover != address(0) && (actor == m.recovery || byOwner);
        vm.prank(actor);
        try registry.cancelRecovery(identity) {
            assertTrue(want, "cancelRecovery");
            m.takeover = address(0);
            if (actor != m.recovery) m.cancels++;
            done();
        } catch {
            assertFalse(want, "cancelRecovery refused");
        }
    }

    function finishRecovery(uint256 who, uint256 what) external {
        (address actor, address identity,) = pick(who, what, 0);
        Model storage m = _model[identity];
        bool want = m.takeover != address(0) && block.timestamp >= m.takeoverAt;
        vm.prank(actor);
        try registry.finishRecovery(identity) {
            assertTrue(want, "finishRecovery");
            give(identity, m.takeover);
            takeovers++;
            done();
        } catch {
            assertFalse(want, "finishRecovery refused");
        }
    }

    // ------------------------------------------------------------------------------------------ the model

    function give(address identity, address to) private {
        Model storage m = _model[identity];
        m.owner = to;
        m.change = IIdentityRegistry.ChangeKind.None;
        if (m.recovery != address(0)) replaceRecovery(m, address(0));
        newEpoch(identity);
    }

    function die(address identity) private {
        give(identity, address(0));
        _model[identity].dead = true;
    }

    function replaceRecovery(Model storage m, address to) private {
        if (m.recovery != address(0)) m.recoveryNonce++;
        (m.recovery, m.takeover, m.cancels) = (to, address(0), 0);
    }

    function startChange(Model storage m, IIdentityRegistry.ChangeKind kind, address to) private {
        (m.change, m.changeTo, m.changeAt) = (kind, to, block.timestamp + 3 days);
    }

    function newEpoch(address identity) private {
        _model[identity].ownerEnds = block.timestamp;
        _model[identity].nonce++;
        noteEnds();
    }

    /// @dev Living, as the model sees it: nothing that ends a key has happened since it was noted as added.
    function lives(address identity, bytes32 key) private view returns (bool) {
        KeyModel storage k = _keys[identity][key];
        return k.addedAt != 0 && k.ended == 0 && k.revokedAt == 0 && block.timestamp < k.expiry;
    }

    function done() private {
        succeeded++;
        noteEnds();
    }

    /// @dev Once the registry has said of a key that it ended, and when, the model holds it to that.
    function noteEnds() private {
        for (uint256 i = 0; i < 3; i++) {
            for (uint256 j = 0; j < 4; j++) {
                KeyModel storage k = _keys[identities[i]][keyring[j]];
                if (k.addedAt == 0 || k.ended != 0) continue;
                uint256 end = registry.keyState(identities[i], keyring[j]).end;
                if (end <= block.timestamp) k.ended = end;
            }
        }
    }

    function pick(uint256 who, uint256 what, uint256 which) private view returns (address, address, bytes32) {
        address identity = identities[what % 3];
        Model storage m = _model[identity];
        // Mostly somebody who matters, or hardly anything would happen.
        address actor = _people[(who >> 8) % _people.length];
        if (who % 4 == 1 && m.recovery != address(0)) actor = m.recovery;
        if (who % 4 > 1 && m.owner != address(0)) actor = m.owner;
        return (actor, identity, keyring[which % 4]);
    }

    function signAddKey(address actor, address identity, bytes32 key, uint64 expiry, uint256 nonce)
        private
        view
        returns (bytes memory)
    {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("MetaNet Identity"),
                keccak256("1"),
                block.chainid,
                address(registry)
            )
        );
        bytes32 typehash =
            keccak256("AddKey(address identity,bytes32 key,uint8 purpose,uint64 expiry,uint256 nonce,uint256 deadline)");
        bytes32 h = keccak256(abi.encode(typehash, identity, key, 1, expiry, nonce, block.timestamp));
        (uint8 v, bytes32 r, bytes32 s) =
            vm.sign(_secret[actor], keccak256(abi.encodePacked("\x19\x01", domain, h)));
        return abi.encodePacked(r, s, v);
    }
}

/// forge-config: default.invariant.fail-on-revert = true
contract InvariantsTest is Test {
    IdentityRegistry private _registry;
    IdentityHandler private _handler;

    function setUp() public {
        vm.warp(1_800_000_000);
        _registry = new IdentityRegistry();
        _handler = new IdentityHandler(_registry);
        targetContract(address(_handler));
    }

    /// @dev Whoever succeeds in a call is, by the handler's assertions, somebody who may: this holds that nothing
    /// else moved, in particular that strangers moved nothing, and that nonces never went back.
    function invariant_registryIsAsTheModelSays() public view {
        for (uint256 i = 0; i < 3; i++) {
            address identity = _handler.identities(i);
            for (uint256 j = 0; j < 4; j++) {
                checkKey(identity, _handler.keyring(j));
            }
            IdentityHandler.Model memory m = _handler.model(identity);
            assertEq(_registry.identityOwner(identity), m.owner);
            assertEq(_registry.recoveryOf(identity), m.recovery);
            assertEq(_registry.isDeactivated(identity), m.dead);
            assertEq(_registry.nonce(identity), m.nonce);
            assertEq(_registry.recoveryNonce(identity), m.recoveryNonce);
            assertEq(_registry.ownerCancels(identity), m.cancels);
            assertEq(_registry.homeOf(identity), m.home);
            (address newOwner,) = _registry.pendingRecovery(identity);
            assertEq(newOwner, m.takeover);
            (IIdentityRegistry.ChangeKind kind,,) = _registry.pendingChange(identity);
            assertEq(uint8(kind), uint8(m.change));
        }
    }

    function checkKey(address identity, bytes32 key) private view {
        IdentityHandler.KeyModel memory k = _handler.keyModel(identity, key);
        IIdentityRegistry.KeyState memory s = _registry.keyState(identity, key);
        assertEq(s.addedAt, k.addedAt);
        assertEq(s.expiry, k.expiry);
        assertEq(s.revokedAt, k.revokedAt);
        if (k.addedAt == 0) return assertEq(s.end, 0);
        assertGe(s.end, s.addedAt);
        assertLe(s.end, s.expiry);
        if (k.ended != 0) assertEq(s.end, k.ended, "what has ended stays ended, at the same time");
        else assertGt(s.end, block.timestamp);

        IdentityHandler.Model memory m = _handler.model(identity);
        if (m.dead) assertLe(s.end, block.timestamp);
        if (s.addedAt < m.ownerEnds) assertLe(s.end, m.ownerEnds, "no key outlives its epoch");
        if (k.hosted && s.addedAt < m.homeEnds) assertLe(s.end, m.homeEnds, "no hosted key outlives its home");
    }

    /// @dev A run in which nothing succeeds proves nothing.
    function afterInvariant() public view {
        assertGt(_handler.succeeded(), 0);
    }
}
