import "i18next";
import type english from "./locales/en/desk.json";

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "desk";
    resources: { desk: typeof english };
    returnNull: false;
  }
}
