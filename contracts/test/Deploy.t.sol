// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";

import {Deploy} from "../script/Deploy.s.sol";
import {PolicyRegistry} from "../src/PolicyRegistry.sol";
import {LogRegistry} from "../src/LogRegistry.sol";

contract DeployTest is Test {
    Deploy private script;

    function setUp() public {
        script = new Deploy();
        vm.etch(
            script.FACTORY(),
            hex"7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe03601600081602082378035828234f58015156039578182fd5b8082525050506014600cf3"
        );
    }

    function test_deploysOnceAtTheComputedAddresses() public {
        Deploy.Addresses memory a = script.deploy();
        assertGt(a.identityRegistry.code.length, 0);
        assertGt(a.serverRegistry.code.length, 0);
        assertEq(address(PolicyRegistry(a.policyRegistry).servers()), a.serverRegistry);
        assertEq(address(LogRegistry(a.logRegistry).servers()), a.serverRegistry);
        script.deploy();
    }

    /// @dev No immutable holds the chain id: nodes check the code by one hash on every chain.
    function testFuzz_codeIsTheSameOnEveryChain(uint64 chain) public {
        Deploy.Addresses memory a = script.addresses();
        uint256 snapshot = vm.snapshotState();
        script.deploy();
        bytes32[4] memory here = hashes(a);
        vm.revertToState(snapshot);
        vm.chainId(bound(chain, 1, type(uint64).max));
        script.deploy();
        assertEq(abi.encode(hashes(a)), abi.encode(here));
    }

    function hashes(Deploy.Addresses memory a) private view returns (bytes32[4] memory) {
        return [
            a.identityRegistry.codehash,
            a.serverRegistry.codehash,
            a.policyRegistry.codehash,
            a.logRegistry.codehash
        ];
    }

    function test_needsTheFactory() public {
        vm.etch(script.FACTORY(), "");
        vm.expectRevert(Deploy.NoFactory.selector);
        script.deploy();
    }
}
