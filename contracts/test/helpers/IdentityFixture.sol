// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";

import {IERC1056} from "../../src/IERC1056.sol";
import {IIdentityRegistry} from "../../src/IIdentityRegistry.sol";
import {IdentityRegistry} from "../../src/IdentityRegistry.sol";

/// @dev A registry and the people of its stories. Alice's identity is her wallet's address, `alice`.
abstract contract IdentityFixture is Test {
    uint256 internal constant T0 = 1_800_000_000;
    uint64 internal constant YEAR = 365 days;

    bytes32 internal constant LAPTOP = keccak256("laptop");
    bytes32 internal constant PHONE = keccak256("phone");
    bytes32 internal constant HOSTED_KEY = keccak256("hosted");

    IdentityRegistry internal registry;
    address internal alice;
    uint256 internal aliceKey;
    address internal carol; // Alice's recovery address
    uint256 internal carolKey;
    address internal bob; // somebody Alice or Carol hands the identity to
    uint256 internal bobKey;
    address internal mallory; // may do nothing
    uint256 internal malloryKey;
    address internal relayer;

    uint8 internal device;
    uint8 internal hosted;
    uint64 internal delay;

    function setUp() public virtual {
        vm.warp(T0);
        vm.roll(1000);
        registry = new IdentityRegistry();
        (alice, aliceKey) = makeAddrAndKey("alice");
        (carol, carolKey) = makeAddrAndKey("carol");
        (bob, bobKey) = makeAddrAndKey("bob");
        (mallory, malloryKey) = makeAddrAndKey("mallory");
        relayer = makeAddr("relayer");
        (device, hosted, delay) = (registry.DEVICE(), registry.HOSTED(), registry.DELAY());
    }

    function inAYear() internal view returns (uint64) {
        return uint64(block.timestamp) + YEAR;
    }

    /// @dev Time passes, with a block.
    function pass(uint256 time) internal {
        vm.warp(block.timestamp + time);
        vm.roll(block.number + 1);
    }

    function addLaptop() internal {
        vm.prank(alice);
        registry.addKey(alice, LAPTOP, device, inAYear());
    }

    function setCarol() internal {
        vm.prank(alice);
        registry.setRecovery(alice, carol);
    }

    function endOf(bytes32 key) internal view returns (uint64) {
        return registry.keyState(alice, key).end;
    }

    function alive(bytes32 key) internal view returns (bool) {
        return block.timestamp < endOf(key);
    }

    /// @dev Everything the registry says about an identity, as one number.
    function fingerprint(address identity) internal view returns (bytes32) {
        (IIdentityRegistry.ChangeKind kind, address target, uint64 readyAt) = registry.pendingChange(identity);
        (address newOwner, uint64 takeoverAt) = registry.pendingRecovery(identity);
        bytes32 authority = keccak256(
            abi.encode(
                registry.identityOwner(identity),
                registry.nonce(identity),
                registry.changed(identity),
                registry.epoch(identity),
                registry.isDeactivated(identity),
                registry.homeOf(identity),
                registry.homeEpoch(identity)
            )
        );
        bytes32 recovery = keccak256(
            abi.encode(
                registry.recoveryOf(identity),
                registry.recoveryNonce(identity),
                registry.ownerCancels(identity),
                kind,
                target,
                readyAt,
                newOwner,
                takeoverAt
            )
        );
        return keccak256(abi.encode(authority, recovery, keys(identity)));
    }

    function keys(address identity) internal view returns (bytes32) {
        (uint256 server, uint64 size, uint64 setAt) = registry.cutOff(identity, LAPTOP);
        return keccak256(
            abi.encode(
                registry.keyState(identity, LAPTOP),
                registry.keyState(identity, PHONE),
                registry.keyState(identity, HOSTED_KEY),
                server,
                size,
                setAt
            )
        );
    }

    function domainSeparator(IdentityRegistry r) internal view returns (bytes32) {
        return keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("MetaNet Identity"),
                keccak256("1"),
                block.chainid,
                address(r)
            )
        );
    }

    function digestOf(bytes32 structHash) internal view returns (bytes32) {
        return keccak256(abi.encodePacked("\x19\x01", domainSeparator(registry), structHash));
    }

    function sign(uint256 key, bytes32 structHash) internal view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digestOf(structHash));
        return abi.encodePacked(r, s, v);
    }

    /// @dev Calls and passes the callee's error on, whatever it is.
    function relay(bytes memory data) internal {
        vm.prank(relayer);
        (bool ok, bytes memory reason) = address(registry).call(data);
        if (!ok) {
            assembly ("memory-safe") {
                revert(add(reason, 32), mload(reason))
            }
        }
    }
}
