// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IIdentityRegistry} from "../../src/IIdentityRegistry.sol";
import {IdentityRegistry} from "../../src/IdentityRegistry.sol";
import {IdentityFixture} from "./IdentityFixture.sol";

/// @dev Every `…WithSig` operation with one set of arguments, so that a rule can be tested of all of them. The typed
/// data is spelt out here again, independent of the contract's constants.
abstract contract SignedOperations is IdentityFixture {
    enum Op {
        AddKey,
        RenewKey,
        RevokeKey,
        RevokeKeyFrom,
        RevokeAllKeys,
        SetHome,
        Enrol,
        SkipNonce,
        ChangeOwner,
        SetRecovery,
        Deactivate,
        CancelChange,
        StartRecovery,
        CancelRecovery,
        SetAttribute,
        RevokeAttribute,
        AddDelegate,
        RevokeDelegate
    }

    uint256 internal constant OPS = 18;
    uint64 internal constant EXPIRY = uint64(T0) + 400 days;
    bytes32 internal constant NAME = "did/svc/SocialNode";
    bytes internal constant VALUE = "https://alice.example.org";

    /// @dev The state in which every operation is valid (of one identity, one operation at a time).
    function prepare(Op op, address identity) internal {
        vm.startPrank(alice);
        registry.setHome(identity, 7);
        registry.addKey(identity, LAPTOP, device, inAYear());
        if (bySideOfRecovery(op) || op == Op.CancelChange) registry.setRecovery(identity, carol);
        if (op == Op.CancelChange) registry.changeOwner(identity, bob);
        vm.stopPrank();
        if (op == Op.CancelRecovery) {
            vm.prank(carol);
            registry.startRecovery(identity, bob);
        }
    }

    function bySideOfRecovery(Op op) internal pure returns (bool) {
        return op == Op.StartRecovery || op == Op.CancelRecovery;
    }

    function signerKey(Op op) internal view returns (uint256) {
        return bySideOfRecovery(op) ? carolKey : aliceKey;
    }

    function signerOf(Op op) internal view returns (address) {
        return bySideOfRecovery(op) ? carol : alice;
    }

    function nonceOf(Op op, address identity) internal view returns (uint256) {
        return bySideOfRecovery(op) ? registry.recoveryNonce(identity) : registry.nonce(identity);
    }

    function signed(Op op, address identity, uint256 key) internal view returns (bytes memory) {
        return signed(op, identity, key, nonceOf(op, identity), block.timestamp + 1 hours);
    }

    function signed(Op op, address identity, uint256 key, uint256 nonce, uint256 deadline)
        internal
        view
        returns (bytes memory)
    {
        bytes memory signature = sign(key, structHash(op, identity, nonce, deadline));
        return call(op, identity, nonce, deadline, signature);
    }

    function structHash(Op op, address identity, uint256 nonce, uint256 deadline) internal view returns (bytes32) {
        return keccak256(
            bytes.concat(
                keccak256(bytes(typeOf(op))), abi.encode(identity), members(op), abi.encode(nonce, deadline)
            )
        );
    }

    function typeOf(Op op) internal pure returns (string memory) {
        return string.concat(nameOf(op), "(address identity,", membersOf(op), "uint256 nonce,uint256 deadline)");
    }

    function nameOf(Op op) internal pure returns (string memory) {
        string[OPS] memory names = [
            "AddKey",
            "RenewKey",
            "RevokeKey",
            "RevokeKeyFrom",
            "RevokeAllKeys",
            "SetHome",
            "Enrol",
            "SkipNonce",
            "ChangeOwner",
            "SetRecovery",
            "Deactivate",
            "CancelChange",
            "StartRecovery",
            "CancelRecovery",
            "SetAttribute",
            "RevokeAttribute",
            "AddDelegate",
            "RevokeDelegate"
        ];
        return names[uint256(op)];
    }

    function membersOf(Op op) internal pure returns (string memory) {
        if (op == Op.AddKey) return "bytes32 key,uint8 purpose,uint64 expiry,";
        if (op == Op.RenewKey) return "bytes32 key,uint64 expiry,";
        if (op == Op.RevokeKey) return "bytes32 key,";
        if (op == Op.RevokeKeyFrom) return "bytes32 key,uint256 server,uint64 size,";
        if (op == Op.SetHome) return "uint256 server,";
        if (op == Op.Enrol) {
            return "bytes32 key,uint8 purpose,uint64 expiry,bytes32 hostedKey,uint64 hostedExpiry,uint256 server,";
        }
        if (op == Op.ChangeOwner || op == Op.StartRecovery) return "address newOwner,";
        if (op == Op.SetRecovery) return "address recovery,";
        if (op == Op.CancelChange || op == Op.CancelRecovery) return "address signer,";
        if (op == Op.SetAttribute) return "bytes32 name,bytes value,uint256 validity,";
        if (op == Op.RevokeAttribute) return "bytes32 name,bytes value,";
        if (op == Op.AddDelegate) return "bytes32 delegateType,address delegate,uint256 validity,";
        if (op == Op.RevokeDelegate) return "bytes32 delegateType,address delegate,";
        return "";
    }

    function members(Op op) internal view returns (bytes memory) {
        if (op == Op.AddKey) return abi.encode(PHONE, device, EXPIRY);
        if (op == Op.RenewKey) return abi.encode(LAPTOP, EXPIRY);
        if (op == Op.RevokeKey) return abi.encode(LAPTOP);
        if (op == Op.RevokeKeyFrom) return abi.encode(LAPTOP, 7, 99);
        if (op == Op.SetHome) return abi.encode(8);
        if (op == Op.Enrol) return abi.encode(PHONE, device, EXPIRY, HOSTED_KEY, EXPIRY, 8);
        if (op == Op.ChangeOwner || op == Op.StartRecovery) return abi.encode(bob);
        if (op == Op.SetRecovery) return abi.encode(bob);
        if (op == Op.CancelChange || op == Op.CancelRecovery) return abi.encode(signerOf(op));
        if (op == Op.SetAttribute) return abi.encode(NAME, keccak256(VALUE), 1 days);
        if (op == Op.RevokeAttribute) return abi.encode(NAME, keccak256(VALUE));
        if (op == Op.AddDelegate) return abi.encode(bytes32("sigAuth"), bob, 1 days);
        if (op == Op.RevokeDelegate) return abi.encode(bytes32("sigAuth"), bob);
        return "";
    }

    function call(Op op, address i, uint256 n, uint256 d, bytes memory s) internal view returns (bytes memory) {
        if (op == Op.AddKey) return abi.encodeCall(registry.addKeyWithSig, (i, PHONE, device, EXPIRY, n, d, s));
        if (op == Op.RenewKey) return abi.encodeCall(registry.renewKeyWithSig, (i, LAPTOP, EXPIRY, n, d, s));
        if (op == Op.RevokeKey) return abi.encodeCall(registry.revokeKeyWithSig, (i, LAPTOP, n, d, s));
        if (op == Op.RevokeKeyFrom) return abi.encodeCall(registry.revokeKeyFromWithSig, (i, LAPTOP, 7, 99, n, d, s));
        if (op == Op.RevokeAllKeys) return abi.encodeCall(registry.revokeAllKeysWithSig, (i, n, d, s));
        if (op == Op.SetHome) return abi.encodeCall(registry.setHomeWithSig, (i, 8, n, d, s));
        if (op == Op.Enrol) return abi.encodeCall(registry.enrolWithSig, (enrolment(i, n, d), s));
        if (op == Op.SkipNonce) return abi.encodeCall(registry.skipNonceWithSig, (i, n, d, s));
        if (op == Op.ChangeOwner) return abi.encodeCall(registry.changeOwnerWithSig, (i, bob, n, d, s));
        if (op == Op.SetRecovery) return abi.encodeCall(registry.setRecoveryWithSig, (i, bob, n, d, s));
        if (op == Op.Deactivate) return abi.encodeCall(registry.deactivateWithSig, (i, n, d, s));
        if (op == Op.CancelChange) return abi.encodeCall(registry.cancelChangeWithSig, (i, alice, n, d, s));
        if (op == Op.StartRecovery) return abi.encodeCall(registry.startRecoveryWithSig, (i, bob, n, d, s));
        if (op == Op.CancelRecovery) return abi.encodeCall(registry.cancelRecoveryWithSig, (i, carol, n, d, s));
        if (op == Op.SetAttribute) {
            return abi.encodeCall(registry.setAttributeWithSig, (i, NAME, VALUE, 1 days, n, d, s));
        }
        if (op == Op.RevokeAttribute) return abi.encodeCall(registry.revokeAttributeWithSig, (i, NAME, VALUE, n, d, s));
        if (op == Op.AddDelegate) {
            return abi.encodeCall(registry.addDelegateWithSig, (i, "sigAuth", bob, 1 days, n, d, s));
        }
        return abi.encodeCall(registry.revokeDelegateWithSig, (i, "sigAuth", bob, n, d, s));
    }

    function enrolment(address i, uint256 n, uint256 d) internal view returns (IIdentityRegistry.Enrolment memory) {
        return IIdentityRegistry.Enrolment({
            identity: i,
            key: PHONE,
            purpose: device,
            expiry: EXPIRY,
            hostedKey: HOSTED_KEY,
            hostedExpiry: EXPIRY,
            server: 8,
            nonce: n,
            deadline: d
        });
    }
}
