// Package quota is what each person, and each address, may use up of this node:
// records a day, bytes kept, operations that the operator pays for, accounts.
//
// It owns the limits, the durable counters and what people are told of them. What
// is written through the door is counted in the very batch that stores it, and
// what is kept follows what people see (store.Applier), so that neither a crash nor
// a failed write leaves a counter beside the truth. Days are UTC's.
//
// It knows neither what a record says, nor HTTP, nor the chain. It is safe for
// concurrent use.
package quota
