// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC1056} from "../../src/IERC1056.sol";
import {IIdentityRegistry} from "../../src/IIdentityRegistry.sol";
import {IdentityFixture} from "../helpers/IdentityFixture.sol";

/// @dev ERC-1056 as its resolvers and owners know it.
contract AttributesTest is IdentityFixture {
    bytes32 private constant SERVICE = "did/svc/SocialNode";

    function test_setAndRevokeAttribute() public {
        vm.startPrank(alice);
        vm.expectEmit(address(registry));
        emit IERC1056.DIDAttributeChanged(alice, SERVICE, "https://x", T0 + 1 days, 0);
        registry.setAttribute(alice, SERVICE, "https://x", 1 days);
        uint256 first = block.number;
        pass(1);
        vm.expectEmit(address(registry));
        emit IERC1056.DIDAttributeChanged(alice, SERVICE, "https://x", 0, first);
        registry.revokeAttribute(alice, SERVICE, "https://x");
        assertEq(registry.changed(alice), block.number);
    }

    /// @dev All names that ethr-did-resolver shows as an Ed25519 key are the key records' own.
    function test_keysAreNoAttributes() public {
        bytes32[5] memory names = [
            bytes32("did/pub/Ed25519"),
            "did/pub/Ed25519/veriKey",
            "did/pub/Ed25519/veriKey/base64",
            "did/pub/Ed25519/sigAuth/hex",
            "did/pub/Ed25519/"
        ];
        vm.startPrank(alice);
        for (uint256 i = 0; i < names.length; i++) {
            vm.expectRevert(abi.encodeWithSelector(IIdentityRegistry.ReservedAttribute.selector, names[i]));
            registry.setAttribute(alice, names[i], abi.encodePacked(LAPTOP), 1 days);
            vm.expectRevert(abi.encodeWithSelector(IIdentityRegistry.ReservedAttribute.selector, names[i]));
            registry.revokeAttribute(alice, names[i], abi.encodePacked(LAPTOP));
        }
        registry.setAttribute(alice, "did/pub/Ed25519x/veriKey", abi.encodePacked(LAPTOP), 1 days);
        registry.setAttribute(alice, "did/pub/Secp256k1/veriKey", "x", 1 days);
    }

    function test_attributeIsBounded() public {
        uint256 most = registry.MAX_ATTRIBUTE_BYTES();
        vm.startPrank(alice);
        registry.setAttribute(alice, SERVICE, new bytes(most), 1 days);
        vm.expectRevert(abi.encodeWithSelector(IIdentityRegistry.AttributeTooLong.selector, most + 1));
        registry.setAttribute(alice, SERVICE, new bytes(most + 1), 1 days);
        vm.expectRevert(abi.encodeWithSelector(IIdentityRegistry.AttributeTooLong.selector, most + 1));
        registry.revokeAttribute(alice, SERVICE, new bytes(most + 1));
    }

    function testFuzz_validityIsBounded(uint256 validity) public {
        vm.startPrank(alice);
        if (validity <= type(uint64).max - T0) {
            registry.setAttribute(alice, SERVICE, "x", validity);
            registry.addDelegate(alice, "sigAuth", bob, validity);
            assertEq(registry.validDelegate(alice, "sigAuth", bob), validity > 0);
            return;
        }
        vm.expectRevert(abi.encodeWithSelector(IIdentityRegistry.InvalidValidity.selector, validity));
        registry.setAttribute(alice, SERVICE, "x", validity);
        vm.expectRevert(abi.encodeWithSelector(IIdentityRegistry.InvalidValidity.selector, validity));
        registry.addDelegate(alice, "sigAuth", bob, validity);
    }

    function test_delegates() public {
        vm.startPrank(alice);
        vm.expectEmit(address(registry));
        emit IERC1056.DIDDelegateChanged(alice, "sigAuth", bob, T0 + 1 days, 0);
        registry.addDelegate(alice, "sigAuth", bob, 1 days);
        assertTrue(registry.validDelegate(alice, "sigAuth", bob));
        assertFalse(registry.validDelegate(alice, "veriKey", bob));
        assertFalse(registry.validDelegate(alice, "sigAuth", carol));
        assertFalse(registry.validDelegate(bob, "sigAuth", bob));

        vm.expectEmit(address(registry));
        emit IERC1056.DIDDelegateChanged(alice, "sigAuth", bob, T0, block.number);
        registry.revokeDelegate(alice, "sigAuth", bob);
        assertFalse(registry.validDelegate(alice, "sigAuth", bob));
    }

    function test_delegateExpires() public {
        vm.prank(alice);
        registry.addDelegate(alice, "sigAuth", bob, 1 days);
        pass(1 days - 1);
        assertTrue(registry.validDelegate(alice, "sigAuth", bob));
        pass(1);
        assertFalse(registry.validDelegate(alice, "sigAuth", bob));
    }

    function test_delegatesEndWithTheEpoch() public {
        vm.startPrank(alice);
        registry.addDelegate(alice, "sigAuth", bob, 1 days);
        registry.revokeAllKeys(alice);
        assertFalse(registry.validDelegate(alice, "sigAuth", bob));
        registry.addDelegate(alice, "sigAuth", bob, 1 days);
        registry.changeOwner(alice, carol);
        assertFalse(registry.validDelegate(alice, "sigAuth", bob));
    }
}
