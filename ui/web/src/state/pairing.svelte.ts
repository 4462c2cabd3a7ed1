// Whether this browser is paired, and why it no longer is.

class Pairing {
  paired = $state(false);
  /** It was paired before: the pairing page says so. */
  wasLost = $state(false);
  /** The digits that came with the address of the QR code. */
  pin = $state('');

  lost(): void {
    this.paired = false;
    this.wasLost = true;
  }

  done(): void {
    this.paired = true;
    this.wasLost = false;
    this.pin = '';
  }

  /** Takes `#pair=123456` out of an address; true when it was there. */
  takePin(hash: string): boolean {
    const pin = /^#pair=(\d{6})$/.exec(hash)?.[1];
    if (pin) this.pin = pin;
    return pin !== undefined;
  }
}

export const pairing = new Pairing();
