// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Test} from "forge-std/Test.sol";
import {IdentityRegistry} from "../src/IdentityRegistry.sol";

contract SmokeTest is Test {
    function test_addKey() public {
        IdentityRegistry r = new IdentityRegistry();
        r.addKey(address(this), bytes32(uint256(1)), 1, uint64(block.timestamp + 10));
        assertEq(r.keyState(address(this), bytes32(uint256(1))).end, block.timestamp + 10);
    }
}
