/// <reference types="astro/client" />

declare namespace App {
  interface Locals {
    /** Run that components of the page without one belong to. */
    run?: string | null;
  }
}
