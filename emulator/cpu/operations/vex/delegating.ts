/** An emitter that hands everything on to another: what VEX forms put between an operation and the engine. */

import type { Alignment, Emitter, OperandForm, Place } from '../../emitter.ts';
import type { FlagKind } from '../../flagKinds.ts';
import type { Code } from '../../wasm/code.ts';
import type { Expression, I32, I64, Type, V128 } from '../../wasm/expression.ts';

export class DelegatingEmitter implements Emitter {
  protected readonly real: Emitter;

  constructor(real: Emitter) {
    this.real = real;
  }

  get code(): Code {
    return this.real.code;
  }

  get operands(): readonly OperandForm[] {
    return this.real.operands;
  }

  get size(): number {
    return this.operands[0].size;
  }

  source(index: number, size?: number): I64 {
    return this.real.source(index, size);
  }

  target(index: number, size?: number): Place {
    return this.real.target(index, size);
  }

  effective(index: number): I64 {
    return this.real.effective(index);
  }

  linear(index: number): I64 {
    return this.real.linear(index);
  }

  bytes(index: number, access: 'read' | 'write', size: number, alignment?: Alignment): I32 {
    return this.real.bytes(index, access, size, alignment);
  }

  operandPlace(index: number): I32 {
    return this.real.operandPlace(index);
  }

  stackRegister(index: number): I32 {
    return this.real.stackRegister(index);
  }

  float<T extends 'f32' | 'f64'>(index: number, type: T): Expression<T> {
    return this.real.float(index, type);
  }

  vector(index: number, alignment?: Alignment): V128 {
    return this.real.vector(index, alignment);
  }

  setVector(index: number, value: V128, alignment?: Alignment): void {
    this.real.setVector(index, value, alignment);
  }

  upper(index: number): V128 {
    return this.real.upper(index);
  }

  setUpper(index: number, value: V128): void {
    this.real.setUpper(index, value);
  }

  vectorRegister(number: number): V128 {
    return this.real.vectorRegister(number);
  }

  setVectorRegister(number: number, value: V128): void {
    this.real.setVectorRegister(number, value);
  }

  setLow(index: number, value: Expression<Type>, size: number): void {
    this.real.setLow(index, value, size);
  }

  register(number: number, size?: number): I64 {
    return this.real.register(number, size);
  }

  setRegister(number: number, value: I64, size?: number): void {
    this.real.setRegister(number, value, size);
  }

  state(offset: number): I32 {
    return this.real.state(offset);
  }

  readable(address: I64, size: number): Place {
    return this.real.readable(address, size);
  }

  writable(address: I64, size: number): Place {
    return this.real.writable(address, size);
  }

  locate(address: I64, access: 'read' | 'write', size: number, alignment?: Alignment): I32 {
    return this.real.locate(address, access, size, alignment);
  }

  span(address: I64, access: 'read' | 'write'): I32 {
    return this.real.span(address, access);
  }

  commit(): void {
    this.real.commit();
  }

  condition(code: number): I32 {
    return this.real.condition(code);
  }

  carry(): I64 {
    return this.real.carry();
  }

  setFlags(kind: FlagKind, size: number, a: I64, b?: I64, c?: I64): void {
    this.real.setFlags(kind, size, a, b, c);
  }

  setResult(size: number, result: I64, carry: I64, overflow: I64): void {
    this.real.setResult(size, result, carry, overflow);
  }

  setComparison(zero: I32, parity: I32, carry: I32): void {
    this.real.setComparison(zero, parity, carry);
  }

  setCarry(bit: I64): void {
    this.real.setCarry(bit);
  }

  setCarryAndOverflow(carry: I64, overflow: I64): void {
    this.real.setCarryAndOverflow(carry, overflow);
  }

  flags(): I64 {
    return this.real.flags();
  }

  setFlagImage(image: I64): void {
    this.real.setFlagImage(image);
  }

  following(): I64 {
    return this.real.following();
  }

  branch(condition?: I32): void {
    this.real.branch(condition);
  }

  jump(address: I64): void {
    this.real.jump(address);
  }

  fault(vector: number, errorCode?: I32): void {
    this.real.fault(vector, errorCode);
  }

  trap(vector: number): void {
    this.real.trap(vector);
  }

  systemCall(): void {
    this.real.systemCall();
  }

  resume(): void {
    this.real.resume();
  }

  again(): void {
    this.real.again();
  }

  assist(name: string, ...operands: (I32 | number)[]): void {
    this.real.assist(name, ...operands);
  }

  timestamp(): I64 {
    return this.real.timestamp();
  }
}
